/**
 * The history of the runs, in one small file on the volume. It is replaced as a whole, so a kill leaves the old file or the
 * new one. A file that cannot be understood is neither trusted nor lost: it is moved aside.
 */
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../atomic-file.ts'
import { isAbsent, reasonOf, unlessAbsent } from '../errors.ts'
import { readRegular } from '../regular-file.ts'
import { stampOf, stateDirectory } from '../volume/state.ts'
import { historySchema, mostRuns, type Run } from './run.ts'

const name = 'history.json'
export const historyPath = (dataDirectory: string): string => join(stateDirectory(dataDirectory), name)

export type Stored =
  | { readonly kind: 'runs'; readonly runs: readonly Run[] }
  /** Whatever is there, it is no history. */
  | { readonly kind: 'foreign'; readonly reason: string }

/** A volume without a history has no runs. Never throws. */
export async function readHistory(dataDirectory: string): Promise<Stored> {
  try {
    return parsed(await readRegular(historyPath(dataDirectory)))
  } catch (error) {
    return isAbsent(error) ? { kind: 'runs', runs: [] } : foreign(reasonOf(error))
  }
}

function parsed(text: string): Stored {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // The error would quote the file, whatever it is.
    return foreign('it is not JSON')
  }
  const { data, error } = historySchema.safeParse(content)
  if (data !== undefined) return { kind: 'runs', runs: data.runs.slice(-mostRuns) }
  const place = error.issues[0]?.path.join('.') ?? ''
  return foreign(`it is not in the format of this version (${place})`)
}

const foreign = (reason: string): Stored => ({ kind: 'foreign', reason })

/** One run a line, for people. Never called for a directory that does not have the files of this program yet. */
export async function writeHistory(dataDirectory: string, runs: readonly Run[]): Promise<void> {
  const lines = runs.map((run) => JSON.stringify(run)).join(',\n')
  await replaceFile(historyPath(dataDirectory), `{"version":1,"runs":[\n${lines}\n]}\n`, { mode: 0o600 })
}

/**
 * Moves aside what is no history, whatever it is.
 * @returns its new path
 * @throws if it cannot be moved
 */
export async function setAside(dataDirectory: string, now: string): Promise<string> {
  const path = historyPath(dataDirectory)
  const to = `${path}.unreadable-${stampOf(now)}`
  await rename(path, to)
  return to
}

/** Removes what a kill left of a file that was being written. Nobody else writes it. */
export async function clearTemporaries(dataDirectory: string): Promise<void> {
  const directory = stateDirectory(dataDirectory)
  const names = (await unlessAbsent(readdir(directory))) ?? []
  const left = names.filter((one) => one.startsWith(`.${name}.`) && one.endsWith('.tmp'))
  await Promise.all(left.map((one) => rm(join(directory, one), { force: true })))
}
