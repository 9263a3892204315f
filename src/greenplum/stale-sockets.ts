/**
 * Removes the socket of a killed server and the socket's lock file. gpstart clears them for a later start, gpinitsystem
 * does not. A server refuses to start while any process has the pid in the lock file. A container assigns the same pids
 * at every start, so the start could fail every time.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readRegular } from '../regular-file.ts'
import { findServers, observePostmaster, parsePostmasterFile, type Place } from './data-directories.ts'

/**
 * Used for clusters that are discarded. Returns the sockets that were removed. A socket that another server uses, or
 * may use, is left alone.
 */
export async function clearStaleSockets(place: Place): Promise<string[]> {
  const servers = await findServers(place)
  return (await Promise.all(servers.map((directory) => clearFor(directory, place)))).flat()
}

async function clearFor(directory: string, { profile }: Place): Promise<string[]> {
  if ((await observePostmaster(directory)).state !== 'dead') return []
  const left = parsePostmasterFile(await read(join(directory, 'postmaster.pid')))
  if (left === undefined || left.port === 0) return []
  // The server records the directory of its socket only a moment after it has locked the socket.
  const socket = join(left.socketDirectory || profile.socketDirectory, `.s.PGSQL.${left.port}`)
  // The lock file starts like postmaster.pid. A different pid belongs to another server.
  const holder = parsePostmasterFile(await read(`${socket}.lock`))
  if (holder?.pid !== left.pid) return []
  await Promise.all([rm(socket, { force: true }), rm(`${socket}.lock`, { force: true })])
  return [socket]
}

/** The lock file is in a world-writable directory, where it may have been replaced with a named pipe. */
const read = (path: string): Promise<string> => readRegular(path).catch(() => '')
