/**
 * What a killed server left beside its data: its socket and the socket's lock file. gpstart clears them for a later
 * start; gpinitsystem does not, and a server refuses to start while the pid in the lock file lives, whoever has it by
 * now. A container gives out the same pids at every start, so that it may go wrong again and again.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readRegular } from '../regular-file.ts'
import { findServers, observePostmaster, parsePostmasterFile, type Place } from './data-directories.ts'

/**
 * For clusters that are given up. Answers the sockets that were removed; one that another server has is left, and one of
 * which nobody can tell.
 */
export async function clearStaleSockets(place: Place): Promise<string[]> {
  const servers = await findServers(place)
  return (await Promise.all(servers.map((directory) => clearFor(directory, place)))).flat()
}

async function clearFor(directory: string, { profile }: Place): Promise<string[]> {
  if ((await observePostmaster(directory)).state !== 'dead') return []
  const left = parsePostmasterFile(await read(join(directory, 'postmaster.pid')))
  if (left === undefined || left.port === 0) return []
  // The server notes its socket's directory only a moment after it has locked the socket.
  const socket = join(left.socketDirectory || profile.socketDirectory, `.s.PGSQL.${left.port}`)
  // The lock file begins as postmaster.pid does; another pid is another server's.
  const holder = parsePostmasterFile(await read(`${socket}.lock`))
  if (holder?.pid !== left.pid) return []
  await Promise.all([rm(socket, { force: true }), rm(`${socket}.lock`, { force: true })])
  return [socket]
}

/** The lock is in a folder of everybody, who may have put a named pipe there. */
const read = (path: string): Promise<string> => readRegular(path).catch(() => '')
