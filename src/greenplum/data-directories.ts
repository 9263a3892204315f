/**
 * Finds the server directories below the data directory, and the postmaster of each. The layout of the image defines
 * their locations: one directory for the coordinator, numbered directories for segments.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Config } from '../config/config.ts'
import { isAbsent, reasonOf, unlessAbsent, unlessGone } from '../errors.ts'
import { readIfFile, readRegular } from '../regular-file.ts'
import { hasEnded, readProcess, workingDirectory } from './processes.ts'

/** The parts of a cluster on this host. */
export interface Survey {
  /** The directories that belong to this configuration, the coordinator's first. */
  readonly directories: readonly string[]
  /** Every directory that holds a server, whatever its name. */
  readonly servers: readonly string[]
  /**
   * Unreadable places that may contain a server of the cluster. While there are any, no shutdown counts as verified.
   */
  readonly unreadable: readonly Unreadable[]
  /** Unreadable directories that do not belong to the cluster. */
  readonly unreadableElsewhere: readonly Unreadable[]
}

export interface Unreadable {
  readonly path: string
  readonly reason: string
}

/**
 * The server directories of this configuration. An unreadable directory never hides others. A copy of a server
 * directory does not belong to the cluster.
 */
export async function surveyServers(config: Config['greenplum']): Promise<Survey> {
  const { segmentPrefix, coordinatorDirectory } = config
  const unreadable: Unreadable[] = []
  const unreadableElsewhere: Unreadable[] = []
  const servers = await searchServers(config, (path, error) => {
    ;(isOwnFolder(config, path) ? unreadable : unreadableElsewhere).push({ path, reason: reasonOf(error) })
  })
  const named = servers.filter((path) => basename(path).startsWith(segmentPrefix))
  const copies = await Promise.all(named.map(isCopy))
  const directories = named
    .filter((path, index) => path === coordinatorDirectory || copies[index] !== true)
    .toSorted((a, b) => Number(b === coordinatorDirectory) - Number(a === coordinatorDirectory))
  return { directories, servers, unreadable, unreadableElsewhere }
}

/** Whether this is the data directory itself, or below a directory that the start script creates in it. */
function isOwnFolder({ dataDirectory, profile: { layout } }: Config['greenplum'], path: string): boolean {
  const [folder = ''] = relative(dataDirectory, path).split('/')
  return folder === '' || folder === layout.coordinatorFolder || layout.segmentFolder.test(folder)
}

export const findServerDirectories = async (config: Config['greenplum']): Promise<readonly string[]> =>
  (await surveyServers(config)).directories

/**
 * Every directory two or three levels below the data directory that holds a server, whatever its name.
 * @throws if something cannot be read, which must not be confused with "no server"
 */
export const findServers = (place: Place): Promise<string[]> =>
  searchServers(place, (_, error) => {
    throw error
  })

export type Place = Pick<Config['greenplum'], 'dataDirectory' | 'profile'>
type OnUnreadable = (path: string, error: unknown) => void

async function searchServers(
  { dataDirectory, profile }: Place,
  onUnreadable: OnUnreadable,
): Promise<string[]> {
  // PXF's files, and a directory that belongs to the file system.
  const notServers = [profile.pxf.folder, 'lost+found']
  const below = async (path: string) =>
    (await subdirectories(path, onUnreadable)).filter((found) => !notServers.includes(basename(found)))
  const twoDeep = (await Promise.all((await below(dataDirectory)).map(below))).flat()
  const threeDeep = (await Promise.all(twoDeep.map(below))).flat()
  const candidates = [...twoDeep, ...threeDeep]
  // `initdb` writes `pg_control`; a directory without it is not a server.
  const found = await Promise.all(
    candidates.map((path) => exists(join(path, 'global/pg_control'), onUnreadable)),
  )
  return candidates.filter((_, index) => found[index])
}

/**
 * Whether this is a copy of a server directory. Each start of a server writes its command line to `postmaster.opts`, so
 * a copy names another directory. A relative path (from a start by hand) is ignored, and a running server is not a
 * copy.
 */
async function isCopy(directory: string): Promise<boolean> {
  // If this cannot be read, the server counts as part of the cluster, so its shutdown has to be verified.
  const options = await readRegular(join(directory, 'postmaster.opts')).catch(() => '')
  const started = /"-D" "(\/[^"]*)"/.exec(options)?.[1]
  // Usually the two paths are identical.
  if (started === undefined || started === directory) return false
  const [own, other] = await Promise.all([directory, started].map((path) => realpath(path).catch(() => path)))
  if (own === other) return false
  const { state } = await observePostmaster(directory)
  return state === 'none' || state === 'dead'
}

async function exists(path: string, onUnreadable: OnUnreadable): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (!isAbsent(error)) onUnreadable(path, error)
    return false
  }
}

/** Includes links to directories, because a segment may be on another disk. */
async function subdirectories(path: string, onUnreadable: OnUnreadable): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (!isAbsent(error)) onUnreadable(path, error)
    return []
  })
  const possible = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  )
  return possible.map((entry) => join(path, entry.name))
}

export interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly socketDirectory: string
}

/**
 * `none`: no pid file, as after a clean shutdown. `dead`: a pid file whose server is gone, as after kill -9. `unknown`:
 * the state could not be read, so any of the others is possible.
 */
export type Postmaster =
  | { readonly state: 'none' }
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'dead'; readonly pid: number }
  | {
      readonly state: 'alive'
      readonly file: PostmasterFile
      readonly startTicks: number
      readonly group: number
    }

/**
 * Reads `postmaster.pid`. The pid may now belong to an unrelated process, because a container starts counting from 1
 * again, so it counts only if the working directory of that process is the data directory. Never throws.
 */
export async function observePostmaster(directory: string): Promise<Postmaster> {
  try {
    return await lookAtPostmaster(directory)
  } catch (error) {
    return { state: 'unknown', reason: reasonOf(error) }
  }
}

async function lookAtPostmaster(directory: string): Promise<Postmaster> {
  const text = await readIfFile(join(directory, 'postmaster.pid'))
  const file = text === undefined ? undefined : parsePostmasterFile(text)
  if (file === undefined) return { state: 'none' }
  const process = await readProcess(file.pid)
  if (process === undefined || hasEnded(process) || !(await standsIn(directory, file.pid)))
    return { state: 'dead', pid: file.pid }
  return { state: 'alive', file, startTicks: process.startTicks, group: process.group }
}

async function standsIn(directory: string, pid: number): Promise<boolean> {
  const folder = await workingDirectory(pid)
  if (folder === undefined) return false
  if (folder === 'hidden') return isOwnersProcess(pid, directory)
  return folder.path === directory || folder.path === (await realpath(directory))
}

/** A process whose directory is hidden belongs to another user. A server runs as the owner of its directory. */
async function isOwnersProcess(pid: number, directory: string): Promise<boolean> {
  const [process, owner] = await Promise.all([unlessGone(stat(`/proc/${pid}`)), stat(directory)])
  return process?.uid === owner.uid
}

/** The lines are pid, data directory, start time, port, socket directory, … (PostgreSQL's miscadmin.h). */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number.isInteger(port) ? port : 0, socketDirectory: lines[4] ?? '' }
}

/** A mirror or standby has one of these files until it is promoted: the first in Greenplum 6, the second in 7. */
const ofFollowers = ['recovery.conf', 'standby.signal']

/** @throws if it cannot be determined */
export async function followsAnother(directory: string): Promise<boolean> {
  const found = await Promise.all(ofFollowers.map((name) => unlessAbsent(stat(join(directory, name)))))
  return found.some((stats) => stats !== undefined)
}
