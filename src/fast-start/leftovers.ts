/**
 * What a killed server leaves: its pid file, and the lock of its socket. A server refuses to start while any process
 * has the pid in one of them, and a container gives the same pids at every start.
 */
import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../errors.ts'
import { isAlive, workingDirectory } from '../greenplum/processes.ts'
import { readIfFile } from '../regular-file.ts'

/** `held`: a server uses this socket, or may use it. */
export type SocketLock =
  | { readonly state: 'none' }
  | { readonly state: 'stale'; readonly socket: string }
  | { readonly state: 'held'; readonly socket: string; readonly pid: number }

export async function observeSocketLock(folder: string, port: number | undefined): Promise<SocketLock> {
  if (port === undefined) return { state: 'none' }
  const socket = join(folder, `.s.PGSQL.${port}`)
  const text = await readIfFile(`${socket}.lock`)
  if (text === undefined) return { state: 'none' }
  // The lines are pid, data directory, start time, … (PostgreSQL's miscadmin.h).
  const [first = '', directory = ''] = text.split('\n')
  const pid = Number.parseInt(first, 10)
  const held = pid > 0 && (await isAlive(pid)) && (await mayWorkIn(pid, directory))
  return held ? { state: 'held', socket, pid } : { state: 'stale', socket }
}

/** A pid may belong to another program by now. A server works in its data directory. */
async function mayWorkIn(pid: number, directory: string): Promise<boolean> {
  const folder = await workingDirectory(pid)
  if (folder === undefined) return false
  if (folder === 'hidden') return true
  const real = directory.startsWith('/') ? await unlessAbsent(realpath(directory)) : undefined
  return folder.path === real
}

export interface Leftovers {
  readonly directory: string
  readonly postmaster: { readonly state: string }
  readonly socket: SocketLock
}

/** Removes what is stale, and nothing else. @returns the paths */
export async function clearLeftovers(servers: readonly Leftovers[]): Promise<string[]> {
  const paths = servers.flatMap(({ directory, postmaster, socket }) => [
    ...(postmaster.state === 'dead' ? [join(directory, 'postmaster.pid')] : []),
    ...(socket.state === 'stale' ? [socket.socket, `${socket.socket}.lock`] : []),
  ])
  await Promise.all(paths.map((path) => rm(path, { force: true })))
  return paths
}
