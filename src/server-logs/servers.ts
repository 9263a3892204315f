/** Which servers of this host have logs, and how each is named in them. */
import { basename, join, relative } from 'node:path'
import type { Config } from '../config/config.ts'
import { parseSettings, wholeNumber } from '../fast-start/settings.ts'
import { findServerDirectories, followsAnother, parsePostmasterFile } from '../greenplum/data-directories.ts'
import { readIfFile } from '../regular-file.ts'

export type Role = 'coordinator' | 'standby' | 'primary' | 'mirror'

export interface ServerName {
  /** -1 is the coordinator. */
  readonly content?: number
  readonly role: Role
  readonly port?: number
}

export interface LoggingServer {
  /** The directory, relative to the volume. */
  readonly key: string
  readonly logDirectory: string
  readonly name: ServerName
}

export async function findLoggingServers(config: Config['greenplum']): Promise<LoggingServer[]> {
  const directories = await findServerDirectories(config)
  return Promise.all(
    directories.map(async (directory) => ({
      key: relative(config.dataDirectory, directory),
      logDirectory: join(directory, config.profile.logFolder),
      name: await nameOfServer(directory, config),
    })),
  )
}

/** By the name and the files of its directory. Never throws. */
export async function nameOfServer(
  directory: string,
  { coordinatorDirectory }: Config['greenplum'],
): Promise<ServerName> {
  const content = /(-1|\d+)$/.exec(basename(directory))?.[1]
  const [port, follows] = await Promise.all([portOf(directory), followsAnother(directory).catch(() => false)])
  const isCoordinator = directory === coordinatorDirectory
  return {
    ...(content === undefined ? {} : { content: Number(content) }),
    role: isCoordinator ? (follows ? 'standby' : 'coordinator') : follows ? 'mirror' : 'primary',
    ...(port === undefined ? {} : { port }),
  }
}

/** The port of the running server, otherwise the one with which it will start. */
async function portOf(directory: string): Promise<number | undefined> {
  const read = (name: string) => readIfFile(join(directory, name)).catch(() => undefined)
  const running = parsePostmasterFile((await read('postmaster.pid')) ?? '')?.port
  if (running !== undefined && running > 0) return running
  return wholeNumber(parseSettings((await read('postgresql.conf')) ?? ''), 'port')
}
