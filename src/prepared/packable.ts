/**
 * Whether a cluster can be packed. Its servers are started in single-user mode once, which proves that they can be, and
 * shows what no file does: that no transaction is prepared, and that the catalog knows no other servers.
 */
import { join } from 'node:path'
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { isWholeCluster } from '../config/role.ts'
import { verifyShutDown } from '../greenplum/control-data.ts'
import { surveyServers } from '../greenplum/data-directories.ts'
import { readRegular } from '../regular-file.ts'
import { readMarker } from '../volume/state.ts'
import { parseControl, type ControlFacts } from './control.ts'
import { parseAssignments, type Assignments } from './gpinitsystem.ts'
import { singleUser, type SingleUser } from './single-user.ts'
import { mayContinue } from './wal.ts'

export interface PackPorts {
  readonly config: Config
  /** Of the tools. */
  readonly environment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly version: string
  readonly now: string
  readonly report: (text: string) => void
}

/** A start in single-user mode, and each statement. */
const timeoutMs = 60_000

/** The directories, the coordinator's first. @throws if this is not a whole cluster of one host */
export async function findCluster(config: Config['greenplum']): Promise<readonly string[]> {
  const { coordinatorDirectory, dataDirectory, deployment } = config
  if (!isWholeCluster(config))
    throw new Error(`only a cluster of one host can be packed, and this host is a ${deployment}`)
  const marker = await readMarker(dataDirectory)
  if (marker !== 'none' && marker !== 'initialized')
    throw new Error(
      `its first start has not finished (${marker}); start it once more, and stop it when it is ready`,
    )
  const { directories, unreadable, servers } = await surveyServers(config)
  const [unread] = unreadable
  if (unread !== undefined) throw new Error(`${unread.path} cannot be read: ${unread.reason}`)
  if (directories[0] !== coordinatorDirectory)
    throw new Error(`there is no server in ${coordinatorDirectory}`)
  const others = servers.filter((directory) => !directories.includes(directory))
  if (others.length > 0) throw new Error(`there are other servers on the volume: ${others.join(', ')}`)
  return directories
}

export async function refuseUnlessShutDown(
  directories: readonly string[],
  { environment, runTool }: PackPorts,
): Promise<void> {
  const states = await verifyShutDown(directories, { ...environment, LC_ALL: 'C' }, runTool)
  const open = states.filter(({ state }) => state !== 'shut down')
  if (open.length > 0)
    throw new Error(
      `it is not shut down: ${open.map(({ path, state }) => `${path} is ${state}`).join(', ')}; stop its container, and wait for exit code 0`,
    )
}

export async function readAssignments(
  { dataDirectory, profile, segmentPrefix }: Config['greenplum'],
  directories: readonly string[],
): Promise<Assignments> {
  const path = join(dataDirectory, profile.layout.initFile)
  const assignments = parseAssignments(await readRegular(path))
  if (assignments === undefined) throw new Error(`${path} has more than assignments`)
  const segments = (assignments['DATA_DIRECTORY'] ?? '').replaceAll(/[()]/g, '').split(/\s+/)
  const expected = segments.map((folder, content) => `${folder}/${segmentPrefix}${content}`)
  const [, ...found] = directories
  if (found.toSorted().join() !== expected.toSorted().join())
    throw new Error(`${path} names the segments ${expected.join(', ')}, and there are ${found.join(', ')}`)
  return assignments
}

interface Inspected {
  /** The host's name in the catalog. */
  readonly host: string
  /** The database that a start may rename: the configured one, or else that of the first start. */
  readonly database: string
}

export async function inspect(
  directories: readonly string[],
  created: string | undefined,
  { environment, config }: PackPorts,
): Promise<Inspected> {
  const sessions = directories.map((directory) =>
    singleUser(directory, 'template1', { environment: { ...environment, LC_ALL: 'C' }, timeoutMs }),
  )
  try {
    const prepared = await Promise.all(
      sessions.map((session) => session.query('SELECT gid FROM pg_prepared_xacts')),
    )
    const [coordinator] = sessions as [SingleUser, ...SingleUser[]]
    const catalog = await coordinator.query(
      'SELECT role, status, hostname, address, datadir FROM gp_segment_configuration',
    )
    const names = (await coordinator.query('SELECT datname FROM pg_database')).map(({ datname }) => datname)
    await Promise.all(sessions.map((session) => session.end()))
    if (prepared.flat().length > 0)
      throw new Error('it has prepared transactions; start the cluster once more, and stop it')
    const database = [config.greenplum.database, created].find((name) => names.includes(name))
    if (database === undefined) throw new Error(`it has no database ${config.greenplum.database}`)
    return { host: hostIn(catalog, directories), database }
  } finally {
    await Promise.all(sessions.map((session) => session.abandon()))
  }
}

function hostIn(catalog: readonly Record<string, string>[], directories: readonly string[]): string {
  const folders = catalog.map(({ datadir }) => datadir ?? '')
  const isUp = catalog.every(({ role, status }) => role === 'p' && status === 'u')
  if (!isUp || folders.toSorted().join() !== directories.toSorted().join())
    throw new Error('its catalog does not name exactly these servers, each a primary that is up')
  const [host = '', ...others] = new Set(
    catalog.flatMap(({ hostname, address }) => [hostname ?? '', address ?? '']),
  )
  if (others.length > 0) throw new Error(`its catalog names several hosts: ${host}, ${others.join(', ')}`)
  return host
}

export async function controlOf(
  directory: string,
  { environment, runTool }: PackPorts,
): Promise<ControlFacts> {
  const run = {
    command: 'pg_controldata',
    arguments: [directory],
    environment: { ...environment, LC_ALL: 'C' },
  }
  const { output, failure } = await runTool({ ...run, timeoutMs })
  const control = parseControl(output)
  if (control === undefined) throw new Error(`pg_controldata of ${directory} is not understood ${failure}`)
  if (control.state !== 'shut down') throw new Error(`${directory} is ${control.state}`)
  if (mayContinue(control.wal))
    throw new Error(
      `the last checkpoint of ${directory} may end in another file; start the cluster once more, and stop it`,
    )
  return control
}
