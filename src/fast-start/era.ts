/**
 * The era of a run of the cluster, as gpstart makes it (`gppylib/gp_era.py`): the tools use it to recognize processes
 * of an earlier run.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { replaceFile } from '../atomic-file.ts'
import { readIfFile } from '../regular-file.ts'

const fileName = 'gp_era'

export interface EraOf {
  readonly hostname: string
  readonly port: number
  readonly directory: string
  readonly now: Date
}

export function eraOf({ hostname, port, directory, now }: EraOf): string {
  const digest = createHash('sha256').update(`${hostname}${port}${directory}`).digest('hex').slice(0, 16)
  const parts = [
    now.getFullYear() % 100,
    now.getMonth() + 1,
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
  ]
  return `${digest}_${parts.map((part) => String(part).padStart(2, '0')).join('')}`
}

/** @param logDirectory of the coordinator */
export function writeEra(logDirectory: string, era: string): Promise<void> {
  const text = ['# Greenplum Database era.', '# Do not change the contents of this file.', `era = ${era}`, '']
  return replaceFile(join(logDirectory, fileName), text.join('\n'), { mode: 0o400 })
}

/** @returns the present era, which gpstart wrote; empty without one */
export async function readEra(logDirectory: string): Promise<string> {
  const text = await readIfFile(join(logDirectory, fileName))
  return /^era = (\w+)$/m.exec(text ?? '')?.[1] ?? ''
}
