/**
 * `pack`: a cluster that is shut down becomes an archive. Its servers are started in single-user mode once, which proves
 * that they can be, and shows what no file does: that no transaction is prepared, and that the catalog knows no others.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { isWholeCluster } from '../config/role.ts'
import { surveyServers } from '../greenplum/data-directories.ts'
import { verifyShutDown } from '../greenplum/control-data.ts'
import { hbaPath } from '../hba/reconcile.ts'
import { readRegular } from '../regular-file.ts'
import { readMarker } from '../volume/state.ts'
import { timeZoneOf, withoutHostRules } from './addresses.ts'
import { encodeHead } from './archive.ts'
import { belongs, refusalOf, walFolders, type Entry } from './contents.ts'
import { parseControl, type ControlFacts } from './control.ts'
import { parseAssignments, type Assignments } from './gpinitsystem.ts'
import { imageFacts, systemEnvironment } from './image-facts.ts'
import type { Manifest, PackedServer } from './manifest.ts'
import { singleUser, type SingleUser } from './single-user.ts'
import { hashing, packInto } from './tar.ts'
import { copyLastCheckpoint, mayContinue } from './wal.ts'

export interface PackPorts {
  readonly config: Config
  /** Of the tools. */
  readonly environment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly version: string
  readonly now: string
  readonly report: (text: string) => void
}

const timeoutMs = 60_000

/** @param use gets the bytes of the archive, one after the other; the files behind them are removed after it */
export async function packCluster(
  ports: PackPorts,
  use: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'gp-pack-'))
  try {
    await use(bytesOf(await pack(ports, work)))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function* bytesOf({ manifest, parts }: Packed): AsyncGenerator<Uint8Array> {
  yield encodeHead(manifest)
  for (const part of parts) yield* createReadStream(part) as AsyncIterable<Uint8Array>
}

interface Packed {
  readonly manifest: Manifest
  /** A file for each server. */
  readonly parts: readonly string[]
}

async function pack(ports: PackPorts, work: string): Promise<Packed> {
  const { config, environment, now, report, version } = ports
  const { coordinatorDirectory, dataDirectory, profile, segmentPrefix, user } = config.greenplum
  const directories = await findCluster(config.greenplum)
  await refuseUnlessShutDown(directories, ports)
  const assignments = await readAssignments(config.greenplum, directories)
  const { host, database } = await inspect(directories, assignments['DATABASE_NAME'], ports)
  const controls = await Promise.all(directories.map((directory) => controlOf(directory, ports)))
  const [control] = controls
  const image = await imageFacts(environment, ports.runTool)
  if (controls.some(({ catalogVersion }) => catalogVersion !== image.catalogVersion))
    throw new Error(`its catalog version is not that of this image, ${image.catalogVersion}`)
  const packed: { server: PackedServer; part: string }[] = []
  for (const [index, directory] of directories.entries()) {
    report(`packing ${directory}`)
    packed.push(
      await packServer(directory, controls[index] as ControlFacts, { ports, work: join(work, `${index}`) }),
    )
  }
  const timeZone = timeZoneOf(await readRegular(join(coordinatorDirectory, 'postgresql.conf')))
  const manifest: Manifest = {
    version: 1,
    packedAt: now,
    packedBy: version,
    family: profile.family,
    ...image,
    architecture: arch(),
    ...(control?.checksums === undefined ? {} : { checksums: control.checksums }),
    systemIdentifier: control?.systemIdentifier ?? '',
    ...(timeZone === undefined ? {} : { timeZone }),
    user,
    dataDirectory,
    segmentPrefix,
    database,
    host,
    assignments,
    servers: packed.map(({ server }) => server),
  }
  return { manifest, parts: packed.map(({ part }) => part) }
}

/** The directories, the coordinator's first. @throws if this is not a whole cluster of one host */
async function findCluster(config: Config['greenplum']): Promise<readonly string[]> {
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

async function refuseUnlessShutDown(
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

async function readAssignments(
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

async function inspect(
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

async function controlOf(directory: string, { environment, runTool }: PackPorts): Promise<ControlFacts> {
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

interface Place {
  readonly ports: PackPorts
  /** A folder for what differs from the volume's files. */
  readonly work: string
}

async function packServer(
  directory: string,
  { wal }: ControlFacts,
  { ports, work }: Place,
): Promise<{ server: PackedServer; part: string }> {
  const { dataDirectory, profile } = ports.config.greenplum
  const path = relative(dataDirectory, directory)
  const entries = await entriesOf(directory)
  const refusal = refusalOf(entries)
  if (refusal !== undefined) throw new Error(`${directory}: ${refusal}`)
  const kept = entries.filter((entry) => belongs(entry, wal, profile))
  const walFile = kept.find((entry) =>
    walFolders.some((folder) => entry.path === `${folder}/${wal.file}`),
  )?.path
  if (walFile === undefined) throw new Error(`${directory} lacks the WAL file ${wal.file}`)
  const changed = [walFile, 'pg_hba.conf']
  await prepareChanged(directory, join(work, path), { walFile, wal })
  const part = join(work, 'part')
  const { stream, digest, bytes } = hashing()
  const written = pipeline(stream, createWriteStream(part))
  const asTheyAre = kept.map((entry) => entry.path).filter((name) => !changed.includes(name))
  await Promise.all([
    packInto(
      stream,
      [
        { folder: dataDirectory, names: [path, ...asTheyAre.map((name) => `${path}/${name}`)] },
        { folder: work, names: changed.map((name) => `${path}/${name}`) },
      ],
      systemEnvironment(ports.environment),
    ),
    written,
  ])
  const size = await sizeOf(directory, asTheyAre)
  const server = {
    path,
    bytes: size + wal.segmentBytes,
    wal: { file: walFile, bytes: wal.segmentBytes },
    length: bytes(),
    sha256: digest(),
  }
  return { server, part }
}

async function prepareChanged(
  directory: string,
  work: string,
  { walFile, wal }: { readonly walFile: string; readonly wal: ControlFacts['wal'] },
): Promise<void> {
  await mkdir(join(work, dirname(walFile)), { recursive: true })
  await copyLastCheckpoint(join(directory, walFile), join(work, walFile), wal)
  const hba = hbaPath(work)
  // First a copy, which has the mode of the original.
  await copyFile(hbaPath(directory), hba)
  await writeFile(hba, withoutHostRules(await readFile(hba, 'latin1')), 'latin1')
}

async function entriesOf(directory: string): Promise<Entry[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  return found.map((entry) => ({
    path: relative(directory, join(entry.parentPath, entry.name)),
    kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other',
  }))
}

async function sizeOf(directory: string, names: readonly string[]): Promise<number> {
  let bytes = 0
  for (const name of names) {
    const found = await stat(join(directory, name))
    if (found.isFile()) bytes += found.size
  }
  return bytes
}
