/**
 * What PXF 6.10 answers to `/pxf/read` of profile JDBC, in the words that were recorded from it with PostgreSQL's driver
 * 42.7 against PostgreSQL 15, and with MariaDB's against MariaDB. It reads the site file and dials the source; a login is never tried: it goes well unless
 * STANDIN_SOURCE_PASSWORD is another password than the file's, or STANDIN_SOURCE says what else happens. Every table is
 * missing in the source, so that no row ever comes. Both are also read from state/faults.env, at each request.
 */
import { readFileSync, readdirSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { env } from 'node:process'

/** @returns undefined where PXF would not answer for a long time */
export async function errorOfRead(headers: IncomingHttpHeaders): Promise<string | undefined> {
  const header = (name: string) => {
    const value = headers[`x-gp-${name}`]
    return typeof value === 'string' ? decodeURIComponent(value) : undefined
  }
  const version = header('pxf-api-version')
  if (version !== '16') return `API version mismatch; server implements v16 and client implements v${version}`
  const profile = header('options-profile') ?? ''
  if (profile.toLowerCase() !== 'jdbc' && !ownProfiles().includes(profile.toLowerCase()))
    return `${profile.toLowerCase()} is not defined in pxf-profiles.xml`
  if (header('format') === undefined) return 'Property FORMAT has no value in the current request'
  const server = header('options-server') ?? 'default'
  return read(server, header('options-config') ?? server, header('data-dir') ?? '')
}

const base = env['PXF_BASE'] ?? '.'

function ownProfiles(): string[] {
  const text = textOf(join(base, 'conf/pxf-profiles.xml')).replaceAll(/<!--[^]*?-->/g, '')
  return [...text.matchAll(/<name>([^<]*)<\/name>/g)].map(([, name = '']) => name.toLowerCase())
}

async function read(server: string, config: string, table: string): Promise<string | undefined> {
  const property = propertiesOf(config)
  const driver = property('jdbc.driver')
  if (driver === '')
    return 'Required parameter jdbc.driver is missing or empty in jdbc-site.xml and option JDBC_DRIVER is not specified in table definition.'
  if (!hasDriver(driver)) return `java.lang.ClassNotFoundException: ${driver}`
  const url = property('jdbc.url')
  const [, host = '', port = '5432', database = ''] =
    /^jdbc:\w+:\/\/([^:/?]+)(?::(\d+))?\/([^?]*)/.exec(url) ?? []
  const [user, password] = [property('jdbc.user'), property('jdbc.password')]
  const pool = `PoolDescriptor{jdbcUrl=${url}, user=${user}, password=${'*'.repeat(password.length)}, connectionConfig={}, poolConfig={minimumIdle=0, idleTimeout=30000, maximumPoolSize=15, connectionTimeout=30000}, qualifier=null}`
  const noDatasource = (reason: string) =>
    `Could not obtain datasource for server ${server} and ${pool} : ${reason}`
  const noPool = (reason: string) => noDatasource(`Failed to initialize pool: ${reason}`)
  const knob = knobs()
  const words = wordsOf({ driver, host, port, user, database, table })
  if (driver === mariadb && !url.startsWith('jdbc:mariadb:'))
    return noDatasource(`Failed to get driver instance for jdbcUrl=${url}`)
  if (knob('STANDIN_SOURCE') === 'hang') return undefined
  const failure = await dial(host, Number(port))
  if (failure === 'ECONNREFUSED') return noPool(words.refused)
  if (failure !== '') return noPool(words.unreachable)
  if ((knob('STANDIN_SOURCE_PASSWORD') ?? password) !== password) return noPool(words.password)
  if (knob('STANDIN_SOURCE') === 'no-database') return noPool(words.noDatabase)
  return words.noTable
}

const mariadb = 'org.mariadb.jdbc.Driver'

interface Attempt {
  readonly driver: string
  readonly host: string
  readonly port: string
  readonly user: string
  readonly database: string
  readonly table: string
}

/** Those of MariaDB were recorded from Connector/J 3.5.11 and MariaDB 10.11. */
function wordsOf({ driver, host, port, user, database, table }: Attempt) {
  return driver === mariadb
    ? {
        refused: `Socket fail to connect to ${host}:${port}. Connection refused (Connection refused)`,
        unreachable: `Socket fail to connect to ${host}. ${host}`,
        password: `(conn=25) Access denied for user '${user}'@'localhost' (using password: YES)`,
        noDatabase: `(conn=33) Access denied for user '${user}'@'%' to database '${database}'`,
        noTable: `(conn=17) Table '${database}.${table}' doesn't exist`,
      }
    : {
        refused: `Connection to ${host}:${port} refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.`,
        unreachable: 'The connection attempt failed.',
        password: `FATAL: password authentication failed for user "${user}"`,
        noDatabase: `FATAL: database "${database}" does not exist`,
        noTable: `ERROR: relation "${table}" does not exist\n  Position: 15`,
      }
}

/** The application brings PostgreSQL's; names of classes are not compressed in a JAR. PXF itself looks at its start. */
function hasDriver(name: string): boolean {
  if (name === 'org.postgresql.Driver') return true
  const entry = `${name.replaceAll('.', '/')}.class`
  return [join(base, 'lib'), import.meta.dirname].some((folder) =>
    namesIn(folder).some((file) => file.endsWith('.jar') && textOf(join(folder, file)).includes(entry)),
  )
}

function propertiesOf(config: string): (name: string) => string {
  // As PXF: names of servers are the same in any case.
  const folder = namesIn(join(base, 'servers')).find((name) => name.toLowerCase() === config.toLowerCase())
  const text = folder === undefined ? '' : textOf(join(base, 'servers', folder, 'jdbc-site.xml'))
  const found = [...text.matchAll(/<name>\s*([^<]*?)\s*<\/name>\s*<value>([^<]*)<\/value>/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  )
  return (name) => found.findLast(([each]) => each === name)?.[1] ?? ''
}

export function knobs(): (name: string) => string | undefined {
  const file = textOf(join(env['STANDIN_STATE_DIR'] ?? '.', 'faults.env'))
  return (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(file)?.[1] ?? env[name]
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function dial(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 5000 })
    const done = (failure: string) => {
      socket.destroy()
      resolve(failure)
    }
    socket
      .once('connect', () => done(''))
      .once('timeout', () => done('ETIMEDOUT'))
      .once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'error'))
  })
}
