/**
 * `instead-of`: what the functions of entrypoint/start-script.bash ask before they run a tool of Greenplum. Its lines are
 * in the format of those tools, so the log takes them for what they are.
 */
import { readToolEnvironment } from '../greenplum/environment.ts'
import { adoptPreparedCluster } from '../prepared/adopt.ts'
import { configurationFileOf } from '../prepared/gpinitsystem.ts'
import type { CommandContext } from './command.ts'

export interface InsteadContext extends CommandContext {
  readonly hostname: string
  readonly pid: number
}

/** The answers to the function. */
const answers = {
  /** The tool is not needed. */
  done: 0,
  /** Something was tried and has been undone. */
  failed: 1,
  /** Nothing was tried. */
  useTheTool: 3,
} as const

export async function insteadOf(
  context: InsteadContext,
  tool: string | undefined,
  words: readonly string[],
): Promise<number> {
  return tool === 'gpinitsystem' ? insteadOfGpinitsystem(context, words) : answers.useTheTool
}

async function insteadOfGpinitsystem(context: InsteadContext, words: readonly string[]): Promise<number> {
  const { config, environment, hostname } = context
  const configurationFile = configurationFileOf(words)
  if (configurationFile === undefined) return answers.useTheTool
  const say = (text: string, level: Level = 'INFO') => context.print(toolLine(context, level, text))
  const outcome = await adoptPreparedCluster({
    config,
    configurationFile,
    hostname,
    environment,
    toolEnvironment: await readToolEnvironment(environment),
    now: new Date().toISOString(),
    say,
  })
  switch (outcome.kind) {
    case 'adopted':
      say('prepared cluster: adopted; gpinitsystem is not needed')
      return answers.done
    case 'unsuited':
      say(`prepared cluster: not used, because ${outcome.reason}; gpinitsystem creates the cluster`)
      return answers.useTheTool
    case 'failed':
      say(
        `prepared cluster: cannot be adopted: ${outcome.reason}; gpinitsystem creates the cluster`,
        'WARNING',
      )
      return answers.failed
  }
}

type Level = 'INFO' | 'WARNING'

/** `20260101:12:00:00:000042 gp-supervisor:host:gpadmin-[INFO]:-text` */
function toolLine({ config, hostname, pid }: InsteadContext, level: Level, text: string): string {
  const now = new Date()
  const two = (value: number) => `${value}`.padStart(2, '0')
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  const who = `gp-supervisor:${hostname}:${config.greenplum.user}`
  return `${date}:${time}:${`${pid}`.padStart(6, '0')} ${who}-[${level}]:-${text}`
}
