/**
 * Lays out a stand-in of the base image below a scratch folder: its scripts, a PostgreSQL of its own, PXF, a seed,
 * and the environment to start a supervisor with. The data directory is kept if there is one, so that the next
 * start is a later one.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { accountToDropTo, giveTo } from './account.ts'
import { putFile } from './files.ts'
import { bashrc, scratchLayout } from './layout.ts'
import type { Layout } from './layout.ts'
import { nodeProgram } from './node-program.ts'
import { putParts, putSeed } from './parts.ts'
import { standardPorts } from './ports.ts'
import type { Ports } from './ports.ts'
import { copyPostgres, embeddedPostgres } from './postgres.ts'
import type { PostgresSource } from './postgres.ts'

export interface StandInOptions {
  /** What every wait of the real image is multiplied by; 1 is its own pace. */
  readonly timeScale?: number
  readonly ports?: Ports
  readonly password?: string
  readonly postgres?: PostgresSource
  /** The Node that runs it all; as a rule the project's own. */
  readonly node?: string
  /** More environment, such as the fault knobs of README.md; wins over what is made here. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface StandIn {
  readonly root: string
  readonly layout: Layout
  readonly ports: Ports
  /** The complete environment for the supervisor, or for start_gpdb.sh itself. */
  readonly environment: Readonly<Record<string, string>>
}

/** `<sockets>/.s.PGSQL.12345.lock` must fit into sun_path, which has 104 bytes on macOS. */
const longestRoot = 75

/** @throws when the root is too long for sockets, or when PostgreSQL is missing */
export function installStandIn(root: string, options: StandInOptions = {}): StandIn {
  if (root.length > longestRoot) {
    throw new Error(`cannot use ${root}: sockets below it need a path of at most ${longestRoot} characters`)
  }
  const source = options.postgres ?? embeddedPostgres()
  const ports = options.ports ?? standardPorts
  const layout = scratchLayout(root, source, programFor(root, options.node ?? nodeProgram()))
  for (const directory of writable(layout)) mkdirSync(directory, { recursive: true, mode: 0o755 })
  // mkdtemp makes folders that only their owner may enter, and under root that is not who runs the stand-in.
  if (accountToDropTo() !== undefined) chmodSync(root, 0o755)
  for (const part of ['greenplum-db', 'pxf', 'java', 'seed'])
    rmSync(join(root, part), { recursive: true, force: true })
  copyPostgres(source, join(layout.gphome, 'postgres'))
  putParts(layout)
  putSeed(layout)
  writeFileSync(join(layout.home, '.bashrc'), bashrc(layout, { ports, listenAddresses: '127.0.0.1' }))
  for (const directory of writable(layout)) giveTo(accountToDropTo(), directory)
  return {
    root,
    layout,
    ports,
    environment: { ...environmentOf(layout, ports, options), ...options.environment },
  }
}

const writable = (layout: Layout): string[] => [
  layout.home,
  layout.data,
  layout.initScripts,
  layout.sockets,
  layout.state,
]

/** Under root the project's own Node may lie where nobody else can read it. */
function programFor(root: string, node: string): string {
  if (accountToDropTo() === undefined) return node
  mkdirSync(join(root, 'bin'), { recursive: true, mode: 0o755 })
  putFile(node, join(root, 'bin/node'))
  return join(root, 'bin/node')
}

function environmentOf(layout: Layout, ports: Ports, options: StandInOptions): Record<string, string> {
  return {
    PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: layout.home,
    LANG: 'C.UTF-8',
    GREENPLUM_USER: 'gpadmin',
    GREENPLUM_PASSWORD: options.password ?? 'gpadmin-of-the-stand-in',
    GREENPLUM_DATABASE_NAME: 'gp_dwh',
    GREENPLUM_DATA_DIRECTORY: layout.data,
    GREENPLUM_SEG_PREFIX: 'gpseg',
    GREENPLUM_DEPLOYMENT: 'singlenode',
    GREENPLUM_PXF_ENABLE: 'true',
    PXF_BASE: join(layout.data, 'pxf'),
    PXF_HOME: layout.pxfHome,
    PXF_SEED_DIR: layout.seed,
    PXF_CONF_SEED_DIR: join(layout.pxfHome, 'conf'),
    PXF_PORT: String(ports.pxf),
    START_SCRIPT: layout.startScript,
    INIT_SCRIPTS_DIR: layout.initScripts,
    PGHOST: '127.0.0.1',
    PGPORT: String(ports.coordinator),
    HEALTH_HOST: '127.0.0.1',
    HEALTH_PORT: String(ports.health),
    LOG_FORMAT: 'json',
    BOOKINGS_DB_HOST: 'bookings-db:5432',
    BOOKINGS_DB_NAME: 'demo',
    BOOKINGS_DB_USER: 'bookings',
    BOOKINGS_DB_PASSWORD: 'bookings',
    STANDIN_TIME_SCALE: String(options.timeScale ?? 1),
    STANDIN_PORT_BASE: String(ports.coordinator),
  }
}
