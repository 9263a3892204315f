/** Everything that decides whether this host may start its servers without gpstart. Writes nothing. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { outputOf, type RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { unlessAbsent } from '../errors.ts'
import {
  observePostmaster,
  parsePostmasterFile,
  surveyServers,
  type Postmaster,
} from '../greenplum/data-directories.ts'
import { readWorkingDirectories, type Working } from '../greenplum/processes.ts'
import { catalogVersion } from '../greenplum/release.ts'
import { parseControl, type ControlFacts } from '../prepared/control.ts'
import { readIfFile } from '../regular-file.ts'
import { observeSocketLock, type SocketLock } from './leftovers.ts'
import { includedFiles, ownIdFile, parseSettings, wholeNumber } from './settings.ts'

export interface ServerFacts {
  readonly directory: string
  readonly isCoordinator: boolean
  /** The number at the end of the directory's name. */
  readonly contentOfName: number | undefined
  readonly content: number | undefined
  readonly dbid: number | undefined
  readonly port: number | undefined
  readonly control: ControlFacts | undefined
  /** Further files with settings, which are not read here. */
  readonly includedFiles: readonly string[]
  readonly synchronousStandbys: string
  /** Files and slots that only a mirror, a standby, or a server with one of them has. */
  readonly replication: readonly string[]
  readonly postmaster: Postmaster
  /** Processes that work in this directory, whatever postmaster.pid says. */
  readonly processes: readonly number[]
  readonly socket: SocketLock
}

export interface HostFacts {
  /** The catalog version of the programs; undefined if they do not say. */
  readonly catalogVersion: string | undefined
  readonly servers: readonly ServerFacts[]
  /** Servers below the data directory that do not belong to this configuration, and what cannot be read. */
  readonly unexplained: readonly string[]
  /** An expansion of the cluster has begun. */
  readonly expanding: boolean
}

export interface Observing {
  /** Of the tools. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
}

const timeoutMs = 10_000

/** @throws if something cannot be read */
export async function observeHost(config: Config['greenplum'], observing: Observing): Promise<HostFacts> {
  const { coordinatorDirectory } = config
  const { directories, unreadable, servers } = await surveyServers(config)
  const working = readWorkingDirectories()
  const [catalog, found, expansion] = await Promise.all([
    ask(['postgres', '--catalog-version'], observing),
    Promise.all(directories.map((directory) => observeServer(directory, config, { ...observing, working }))),
    unlessAbsent(stat(join(coordinatorDirectory, 'gpexpand.status'))),
  ])
  return {
    catalogVersion: catalogVersion(catalog),
    servers: found,
    unexplained: [
      ...servers.filter((directory) => !directories.includes(directory)),
      ...unreadable.map(({ path, reason }) => `${path} (${reason})`),
    ],
    expanding: expansion !== undefined,
  }
}

async function observeServer(
  directory: string,
  { coordinatorDirectory, profile }: Config['greenplum'],
  observing: Observing & { readonly working: Promise<readonly Working[]> },
): Promise<ServerFacts> {
  const [text, altered, ownId, control, replication, postmaster, path, working] = await Promise.all([
    read(directory, 'postgresql.conf'),
    read(directory, 'postgresql.auto.conf'),
    read(directory, ownIdFile),
    ask(['pg_controldata', directory], observing),
    findReplication(directory),
    observePostmaster(directory),
    realpath(directory),
    observing.working,
  ])
  // In the order in which the server reads them: what ALTER SYSTEM has set comes last.
  const settings = parseSettings([text, ownId, altered].join('\n'))
  const port = wholeNumber(settings, 'port')
  const contentOfName = /(-1|\d+)$/.exec(directory)?.[1]
  return {
    directory,
    isCoordinator: directory === coordinatorDirectory,
    contentOfName: contentOfName === undefined ? undefined : Number(contentOfName),
    content: wholeNumber(settings, 'gp_contentid'),
    dbid: wholeNumber(settings, 'gp_dbid'),
    port,
    control: parseControl(control),
    includedFiles: includedFiles(text),
    synchronousStandbys: settings.get('synchronous_standby_names') ?? '',
    replication,
    postmaster,
    processes: working.filter(({ folder }) => folder === path).map(({ pid }) => pid),
    socket: await observeSocketLock(await socketFolder(directory, profile.socketDirectory), port),
  }
}

/** The folder that a killed server noted, which may not be the usual one. */
async function socketFolder(directory: string, usual: string): Promise<string> {
  const left = parsePostmasterFile(await read(directory, 'postmaster.pid'))
  return left === undefined || left.socketDirectory === '' ? usual : left.socketDirectory
}

const read = async (directory: string, name: string): Promise<string> =>
  (await readIfFile(join(directory, name))) ?? ''

const signs = ['recovery.conf', 'standby.signal', 'recovery.signal']

async function findReplication(directory: string): Promise<string[]> {
  const files = await Promise.all(
    signs.map(async (name) =>
      (await unlessAbsent(stat(join(directory, name)))) === undefined ? [] : [name],
    ),
  )
  const slots = (await unlessAbsent(readdir(join(directory, 'pg_replslot')))) ?? []
  return [...files.flat(), ...slots.map((slot) => `pg_replslot/${slot}`)]
}

const ask = (
  [command, ...words]: readonly [string, ...string[]],
  { toolEnvironment, runTool }: Observing,
): Promise<string> => {
  const environment = { ...toolEnvironment, LC_ALL: 'C' }
  return outputOf({ command, arguments: words, environment, timeoutMs }, runTool)
}
