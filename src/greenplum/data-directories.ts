/**
 * The server directories below the data directory, and the postmaster of each. `<data>/master/gpseg-1` is the
 * coordinator's; `<data>/NN/primary/gpsegN` and `<data>/NN/mirror/gpsegN` are the segments'.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { Config } from '../config/config.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { readRegular } from '../regular-file.ts'
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
  const { dataDirectory, segmentPrefix, coordinatorDirectory } = config
  const unreadable: Unreadable[] = []
  const unreadableElsewhere: Unreadable[] = []
  const servers = await searchServers(dataDirectory, (path, error) => {
    const isOwn = ownFolders.test(relative(dataDirectory, path))
    ;(isOwn ? unreadable : unreadableElsewhere).push({ path, reason: reasonOf(error) })
  })
  const named = servers.filter((path) => basename(path).startsWith(segmentPrefix))
  const copies = await Promise.all(named.map(isCopy))
  const directories = named
    .filter((path, index) => path === coordinatorDirectory || copies[index] !== true)
    .toSorted((a, b) => Number(b === coordinatorDirectory) - Number(a === coordinatorDirectory))
  return { directories, servers, unreadable, unreadableElsewhere }
}

/** Of the data directory itself, and of the folders that the start script makes in it. */
const ownFolders = /^$|^(master|coordinator|\d\d)(\/|$)/

export const findServerDirectories = async (config: Config['greenplum']): Promise<readonly string[]> =>
  (await surveyServers(config)).directories

/**
 * Every directory two or three levels below the data directory that holds a server, whatever its name.
 * @throws where something cannot be looked at: "cannot tell" must not pass for "nothing there"
 */
export const findServers = (dataDirectory: string): Promise<string[]> =>
  searchServers(dataDirectory, (_, error) => {
    throw error
  })

type OnUnreadable = (path: string, error: unknown) => void

async function searchServers(dataDirectory: string, onUnreadable: OnUnreadable): Promise<string[]> {
  const below = (path: string) => subdirectories(path, onUnreadable)
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
  const options = await readRegular(join(directory, 'postmaster.opts')).catch(() => '')
  const started = /"-D" "(\/[^"]*)"/.exec(options)?.[1]
  // Asked for every server each second: as a rule the two are the same to the letter.
  if (started === undefined || started === directory) return false
  const [own, other] = await Promise.all([directory, started].map((path) => realpath(path).catch(() => path)))
  return own !== other && (await observePostmaster(directory)).state !== 'alive'
}

/** PXF's files, and the folder that a file system keeps for itself. */
const notServers: ReadonlySet<string> = new Set(['pxf', 'lost+found'])

const absent: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR'])

async function exists(path: string, onUnreadable: OnUnreadable): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (!absent.has(errnoOf(error))) onUnreadable(path, error)
    return false
  }
}

/** Links to directories count: a segment may lie on another disk. */
async function subdirectories(path: string, onUnreadable: OnUnreadable): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (!absent.has(errnoOf(error))) onUnreadable(path, error)
    return []
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
  const isOurs = stands === undefined ? await isOwnersProcess(file.pid, directory) : stands === expected
  if (!isOurs) return { state: 'dead', pid: file.pid }
  return { state: 'alive', file, startTicks: process.startTicks, group: process.group }
}

/** Where a process cannot be looked into, it is another user's; a server runs as the owner of its directory. */
async function isOwnersProcess(pid: number, directory: string): Promise<boolean> {
  const [process, owner] = await Promise.all(
    [`/proc/${pid}`, directory].map((path) => stat(path).catch(() => undefined)),
  )
  return process === undefined || owner === undefined || process.uid === owner.uid
}

/** Lines: pid, data directory, start time, port, socket directory, … (PostgreSQL's miscadmin.h). */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number.isInteger(port) ? port : 0, socketDirectory: lines[4] ?? '' }
}
