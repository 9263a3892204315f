/**
 * The server directories below the data directory, and the postmaster of each. `<data>/master/gpseg-1` is the
 * coordinator's; `<data>/NN/primary/gpsegN` and `<data>/NN/mirror/gpsegN` are the segments'.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { errnoOf } from '../errors.ts'
import { readRegular } from '../regular-file.ts'
import { isAlive, readProcess, workingDirectory } from './processes.ts'

/** The server directories of this configuration, the coordinator's first. None where they cannot be read. */
export async function findServerDirectories(config: Config['greenplum']): Promise<string[]> {
  const { dataDirectory, segmentPrefix, coordinatorDirectory } = config
  const all = await findServers(dataDirectory).catch(() => [])
  return all
    .filter((path) => path.slice(path.lastIndexOf('/') + 1).startsWith(segmentPrefix))
    .toSorted((a, b) => Number(b === coordinatorDirectory) - Number(a === coordinatorDirectory))
}

/**
 * Every directory two or three levels below the data directory that holds a server, whatever its name.
 * @throws where something cannot be looked at: "cannot tell" must not pass for "nothing there"
 */
export async function findServers(dataDirectory: string): Promise<string[]> {
  const twoDeep = (await Promise.all((await subdirectories(dataDirectory)).map(subdirectories))).flat()
  const threeDeep = (await Promise.all(twoDeep.map(subdirectories))).flat()
  const candidates = [...twoDeep, ...threeDeep]
  // `pg_control` is written by initdb; without it there is no server to prove anything of.
  const found = await Promise.all(candidates.map((path) => exists(join(path, 'global/pg_control'))))
  return candidates.filter((_, index) => found[index])
}

/** PXF's files, and the folder that a file system keeps for itself. */
const notServers: ReadonlySet<string> = new Set(['pxf', 'lost+found'])

const absent: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (absent.has(errnoOf(error))) return false
    throw error
  }
}

/** Links to directories count: a segment may lie on another disk. */
async function subdirectories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (absent.has(errnoOf(error))) return []
    throw error
  })
  const possible = entries.filter(
    (entry) =>
      (entry.isDirectory() || entry.isSymbolicLink()) &&
      !entry.name.startsWith('.') &&
      !notServers.has(entry.name),
  )
  return possible.map((entry) => join(path, entry.name))
}

export interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly socketDirectory: string
}

/** `none`: no pid file, as after a clean stop. `dead`: a pid file whose server is gone, as after kill -9. */
export type Postmaster =
  | { readonly state: 'none' }
  | { readonly state: 'dead'; readonly pid: number }
  | {
      readonly state: 'alive'
      readonly file: PostmasterFile
      readonly startTicks: number
      readonly group: number
    }

/**
 * Looks at `postmaster.pid`. The pid may by now belong to a stranger (a container counts from 1 again), so it
 * counts only if that process stands in the data directory, as every postmaster does.
 */
export async function observePostmaster(directory: string): Promise<Postmaster> {
  const text = await readRegular(join(directory, 'postmaster.pid')).catch(() => '')
  const file = parsePostmasterFile(text)
  if (file === undefined) return { state: 'none' }
  const process = await readProcess(file.pid)
  if (process === undefined || !(await isAlive(file.pid))) return { state: 'dead', pid: file.pid }
  const [stands, expected] = [
    await workingDirectory(file.pid),
    await realpath(directory).catch(() => directory),
  ]
  if (stands !== undefined && stands !== expected) return { state: 'dead', pid: file.pid }
  return { state: 'alive', file, startTicks: process.startTicks, group: process.group }
}

/** Lines: pid, data directory, start time, port, socket directory, … (PostgreSQL's miscadmin.h). */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number.isInteger(port) ? port : 0, socketDirectory: lines[4] ?? '' }
}
