/** Lines in the format of Greenplum's tools, so that the log takes them for what they are. Pure, but for the time. */
import type { CommandContext } from './command.ts'

export interface ToolLineContext extends CommandContext {
  readonly hostname: string
  readonly pid: number
}

/** `20260101:12:00:00:000042 gp-supervisor:host:gpadmin-[INFO]:-text` */
export function toolLine(
  { config, hostname, pid }: ToolLineContext,
  level: 'INFO' | 'WARNING' | 'ERROR',
  text: string,
): string {
  const now = new Date()
  const two = (value: number) => `${value}`.padStart(2, '0')
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  const who = `gp-supervisor:${hostname}:${config.greenplum.user}`
  return `${date}:${time}:${`${pid}`.padStart(6, '0')} ${who}-[${level}]:-${text}`
}
