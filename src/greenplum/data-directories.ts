/**
 * The server directories below the data directory, and the postmaster of each. Where they lie is said by the layout of
 * the image: the coordinator's in a folder of its own, the segments' in numbered ones.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Config } from '../config/config.ts'
import { isAbsent, reasonOf, unlessGone } from '../errors.ts'
import { readIfFile, readRegular } from '../regular-file.ts'
import { isAlive, readProcess, workingDirectory } from './processes.ts'

/** What of a cluster lies on this host. */
export interface Survey {
  /** Those of this configuration, the coordinator's first. */
  readonly directories: readonly string[]
  /** Every directory that holds a server, whatever its name. */
  readonly servers: readonly string[]
  /** Where a server of the cluster may lie that nobody here can look at: no proof without it. */
  readonly unreadable: readonly Unreadable[]
  /** The same of folders that are not the cluster's. */
  readonly unreadableElsewhere: readonly Unreadable[]
}

export interface Unreadable {
  readonly path: string
  readonly reason: string
}

/**
 * The server directories of this configuration. A folder that cannot be looked into hides itself, never the others;
 * a copy of a server that somebody laid beside it is none of the cluster's.
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

/** The data directory itself, or what is in one of the folders that the start script makes there. */
function isOwnFolder({ dataDirectory, profile: { layout } }: Config['greenplum'], path: string): boolean {
  const [folder = ''] = relative(dataDirectory, path).split('/')
  return folder === '' || folder === layout.coordinatorFolder || layout.segmentFolder.test(folder)
}

export const findServerDirectories = async (config: Config['greenplum']): Promise<readonly string[]> =>
  (await surveyServers(config)).directories

/**
 * Every directory two or three levels below the data directory that holds a server, whatever its name.
 * @throws where something cannot be looked at: "cannot tell" must not pass for "nothing there"
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
  // PXF's files, and the folder that a file system keeps for itself.
  const notServers = [profile.pxf.folder, 'lost+found']
  const below = async (path: string) =>
    (await subdirectories(path, onUnreadable)).filter((found) => !notServers.includes(basename(found)))
  const twoDeep = (await Promise.all((await below(dataDirectory)).map(below))).flat()
  const threeDeep = (await Promise.all(twoDeep.map(below))).flat()
  const candidates = [...twoDeep, ...threeDeep]
  // `pg_control` is written by initdb; without it there is no server to prove anything of.
  const found = await Promise.all(
    candidates.map((path) => exists(join(path, 'global/pg_control'), onUnreadable)),
  )
  return candidates.filter((_, index) => found[index])
}

/**
 * Each start of a server writes its command line into `postmaster.opts`: in a copy stands another directory. A path
 * that is not absolute says nothing (somebody started it by hand), and what runs here is no copy.
 */
async function isCopy(directory: string): Promise<boolean> {
  // Where it cannot be told, the server counts as one of the cluster: then something has to be proven of it.
  const options = await readRegular(join(directory, 'postmaster.opts')).catch(() => '')
  const started = /"-D" "(\/[^"]*)"/.exec(options)?.[1]
  // Asked for every server each second: as a rule the two are the same to the letter.
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

/** Links to directories count: a segment may lie on another disk. */
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
 * `none`: no pid file, as after a clean stop. `dead`: a pid file whose server is gone, as after kill -9. `unknown`: it
 * could not be looked at, so that it may be any of the others.
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
 * Looks at `postmaster.pid`. The pid may by now belong to a stranger (a container counts from 1 again), so it
 * counts only if that process stands in the data directory, as every postmaster does. It never throws.
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
  if (process === undefined || !(await isAlive(file.pid)) || !(await standsIn(directory, file.pid)))
    return { state: 'dead', pid: file.pid }
  return { state: 'alive', file, startTicks: process.startTicks, group: process.group }
}

async function standsIn(directory: string, pid: number): Promise<boolean> {
  const folder = await workingDirectory(pid)
  if (folder === undefined) return false
  return folder === 'hidden' ? isOwnersProcess(pid, directory) : folder.path === (await realpath(directory))
}

/** Where a process cannot be looked into, it is another user's; a server runs as the owner of its directory. */
async function isOwnersProcess(pid: number, directory: string): Promise<boolean> {
  const [process, owner] = await Promise.all([unlessGone(stat(`/proc/${pid}`)), stat(directory)])
  return process?.uid === owner.uid
}

/** Lines: pid, data directory, start time, port, socket directory, … (PostgreSQL's miscadmin.h). */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number.isInteger(port) ? port : 0, socketDirectory: lines[4] ?? '' }
}
