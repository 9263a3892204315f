/**
 * What a killed server left beside its data: its socket and the socket's lock file. gpstart clears them for a later
 * start; gpinitsystem does not, and a server refuses to start while the pid in the lock file lives, whoever has it by
 * now. A container gives out the same pids at every start, so that it may go wrong again and again.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findServers, observePostmaster, parsePostmasterFile } from './data-directories.ts'

/** The server notes its socket's directory only a moment after it has locked the socket. */
const usualDirectory = '/tmp'

/** For clusters that are given up. Answers the sockets that were removed; one that another server has is left. */
export async function clearStaleSockets(dataDirectory: string): Promise<string[]> {
  const servers = await findServers(dataDirectory)
  return (await Promise.all(servers.map(clearFor))).flat()
}

async function clearFor(directory: string): Promise<string[]> {
  if ((await observePostmaster(directory)).state !== 'dead') return []
  const left = parsePostmasterFile(await read(join(directory, 'postmaster.pid')))
  if (left === undefined || left.port === 0) return []
  const socket = join(left.socketDirectory || usualDirectory, `.s.PGSQL.${left.port}`)
  // The lock file begins as postmaster.pid does; another pid is another server's.
  const holder = parsePostmasterFile(await read(`${socket}.lock`))
  if (holder?.pid !== left.pid) return []
  await Promise.all([rm(socket, { force: true }), rm(`${socket}.lock`, { force: true })])
  return [socket]
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
