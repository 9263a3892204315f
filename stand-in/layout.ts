/** Where the stand-in's parts lie, and the `.bashrc` that tells its scripts so. */
import { join } from 'node:path'
import type { Ports } from './ports.ts'
import type { PostgresSource } from './postgres.ts'

export interface Layout {
  readonly startScript: string
  readonly gphome: string
  /** The folder with `initdb`, `pg_ctl` and `postgres`. */
  readonly postgresPrograms: string
  /** The folder for `pxf.control` and its scripts. */
  readonly extensions: string
  readonly javaHome: string
  readonly pxfHome: string
  readonly seed: string
  readonly home: string
  readonly data: string
  readonly initScripts: string
  /** Unix sockets: `/tmp` in the real image. */
  readonly sockets: string
  /** The stand-in's own notes: pid files, `faults.env`. */
  readonly state: string
  readonly node: string
}

/** Everything below one folder. */
export function scratchLayout(root: string, source: PostgresSource, node: string): Layout {
  const at = (path: string): string => join(root, path)
  return {
    startScript: at('start_gpdb.sh'),
    gphome: at('greenplum-db'),
    postgresPrograms: at(join('greenplum-db/postgres', source.bin)),
    extensions: at(join('greenplum-db/postgres', source.extensions)),
    javaHome: at('java'),
    pxfHome: at('pxf'),
    seed: at('seed'),
    home: at('home'),
    data: at('data'),
    initScripts: at('initdb.d'),
    sockets: at('tmp'),
    state: at('state'),
    node,
  }
}

/** The places of the real image, with PostgreSQL where its package puts it. */
export function imageLayout(source: PostgresSource): Layout {
  return {
    startScript: '/start_gpdb.sh',
    gphome: '/usr/local/greenplum-db',
    postgresPrograms: join(source.prefix, source.bin),
    extensions: join(source.prefix, source.extensions),
    javaHome: '/usr/lib/jvm/stand-in',
    pxfHome: '/usr/local/pxf',
    seed: '/opt/pxf-seed',
    home: '/home/gpadmin',
    data: '/data',
    initScripts: '/docker-entrypoint-initdb.d',
    sockets: '/tmp',
    state: '/var/lib/stand-in',
    node: '/opt/stand-in/node',
  }
}

export interface Defaults {
  readonly ports: Ports
  readonly listenAddresses: string
}

/** As in the real image, PATH, GPHOME, JAVA_HOME and PXF_BASE come from here and not from the container. */
export function bashrc(layout: Layout, { ports, listenAddresses }: Defaults): string {
  const fixed = {
    STANDIN_NODE: layout.node,
    STANDIN_PG_BIN: layout.postgresPrograms,
    STANDIN_SOCKET_DIR: layout.sockets,
    STANDIN_STATE_DIR: layout.state,
    GPHOME: layout.gphome,
    JAVA_HOME: layout.javaHome,
    PXF_BASE: join(layout.data, 'pxf'),
  }
  const unlessSet = {
    STANDIN_TIME_SCALE: '1',
    STANDIN_PORT_BASE: String(ports.coordinator),
    STANDIN_LISTEN_ADDRESSES: listenAddresses,
    STANDIN_SMART_TIMEOUT: '120',
    PXF_PORT: String(ports.pxf),
  }
  return [
    '# Made by stand-in/install.ts; start_gpdb.sh appends to it at each start.',
    ...Object.entries(fixed).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...Object.entries(unlessSet).map(([name, value]) => `export ${name}="\${${name}:-${value}}"`),
    'source "${GPHOME}/greenplum_path.sh"',
    `export PATH=${quote(join(layout.pxfHome, 'bin'))}:"\${PATH}"`,
    '',
  ].join('\n')
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
