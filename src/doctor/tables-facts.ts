/** Reads the external tables of PXF and the servers in PXF_BASE, and asks PXF whether it knows the profiles. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { errnoOf } from '../errors.ts'
import { observePostmaster } from '../greenplum/data-directories.ts'
import { coordinatorTarget } from '../greenplum/readiness.ts'
import { withSession, type SessionTarget } from '../greenplum/session.ts'
import type { ImageProfile } from '../image/profile.ts'
import { describeSqlError } from '../greenplum/sql-errors.ts'
import { parseLocation, type Location } from '../jdbc/location.ts'
import { noAnswer } from '../jdbc/logins.ts'
import { isHealthy } from '../pxf/probe.ts'
import { askPxf, type PxfService } from '../pxf/request.ts'
import { readSqlFiles } from '../sql/files.ts'

export interface PxfTable {
  readonly database: string
  readonly name: string
  readonly location: Location
}

export interface TablesFacts {
  readonly base: string
  /** The installation directory of PXF. */
  readonly home: string
  /** The directories in PXF_BASE/servers, in lower case as in PXF, with their site files. */
  readonly servers: ReadonlyMap<string, readonly string[]>
  /** undefined if the coordinator is not running. */
  readonly tables: readonly PxfTable[] | undefined
  /** By database: why it could not be read. */
  readonly failures: ReadonlyMap<string, string>
  /** Databases with more tables than the limit. */
  readonly cut: readonly string[]
  /** By name in lower case: whether PXF has the profile. No entry if PXF did not say. */
  readonly profiles: ReadonlyMap<string, boolean>
  /** Why profiles were not checked; empty if they were. */
  readonly unasked: string
}

const sessionMs = 4000
const profileMs = 3000
/** Usually there are a few of each; thousands of them must not delay the rest. */
const mostDatabases = 10
const mostTables = 1000
const mostProfiles = 20

export async function observeTables(config: Config): Promise<TablesFacts> {
  const { greenplum, pxf } = config
  const [postmaster, servers, answers] = await Promise.all([
    observePostmaster(greenplum.coordinatorDirectory),
    readServers(join(pxf.base, 'servers')),
    isHealthy(pxf.port),
  ])
  const facts = {
    base: pxf.base,
    home: pxf.home,
    servers,
    failures: new Map<string, string>(),
    cut: [] as string[],
  }
  const nothing = { tables: undefined, profiles: new Map<string, boolean>(), unasked: '' }
  if (postmaster.state !== 'alive') return { ...facts, ...nothing }
  const target = coordinatorTarget(greenplum, postmaster)
  const databases = await databasesOf(config)
  const read = await Promise.all(
    databases.map((database) =>
      tablesIn({ ...target, database }, greenplum.profile).catch((error: unknown) => {
        facts.failures.set(database, describeSqlError(error))
        return []
      }),
    ),
  )
  const tables = read.flatMap((found, index) => {
    if (found.length > mostTables) facts.cut.push(databases[index] ?? '')
    return found.slice(0, mostTables)
  })
  const service = { port: pxf.port, user: greenplum.user }
  const profiles = answers ? await askProfiles(service, tables) : new Map<string, boolean>()
  return { ...facts, tables, profiles, unasked: answers ? '' : noAnswer }
}

/** The known databases: the configured one, those with the extension, and those of the image's SQL files. */
async function databasesOf({ greenplum, pxf, sql }: Config): Promise<string[]> {
  const files = await readSqlFiles(sql.directory)
  const ofFiles = files.flatMap(({ database }) => database ?? [])
  return [...new Set([greenplum.database, ...pxf.extensionDatabases, ...ofFiles])].slice(0, mostDatabases)
}

async function readServers(folder: string): Promise<Map<string, readonly string[]>> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  const found = new Map<string, readonly string[]>()
  for (const name of names) {
    const files = await readdir(join(folder, name)).catch(() => undefined)
    if (files !== undefined)
      found.set(
        name.toLowerCase(),
        files.filter((file) => file.endsWith('-site.xml')),
      )
  }
  return found
}

async function tablesIn(target: SessionTarget, { sql }: ImageProfile): Promise<PxfTable[]> {
  const rows = await withSession(target, (session) => session.query(locationsIn[sql.externalTables]), {
    timeoutMs: sessionMs,
  })
  return rows.flatMap((row) => {
    // A PXF table has exactly one location.
    const location = parseLocation(String(row['location']))
    return location === undefined
      ? []
      : [{ database: target.database, name: `${String(row['schema'])}.${String(row['name'])}`, location }]
  })
}

const named = `JOIN pg_catalog.pg_class AS c ON c.oid = table_oid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace`
const limited = `ORDER BY n.nspname, c.relname LIMIT ${mostTables + 1}`

/** Queries by the system catalog that has the locations. */
const locationsIn: Readonly<Record<ImageProfile['sql']['externalTables'], string>> = {
  pg_exttable: `
  SELECT n.nspname AS schema, c.relname AS name, location
    FROM (SELECT reloid AS table_oid, urilocation[1] AS location FROM pg_catalog.pg_exttable) AS e ${named}
   WHERE location LIKE 'pxf://%' ${limited}`,
  // External tables are foreign tables in this catalog.
  pg_foreign_table: `
  SELECT n.nspname AS schema, c.relname AS name, pg_catalog.substr(option, 15) AS location
    FROM (SELECT ftrelid AS table_oid, pg_catalog.unnest(ftoptions) AS option FROM pg_catalog.pg_foreign_table) AS e
    ${named}
   WHERE option LIKE 'location_uris=pxf://%' ${limited}`,
}

/** PXF rejects a request without a format after it has found the profile, before it accesses any source. */
async function askProfiles(
  service: PxfService,
  tables: readonly PxfTable[],
): Promise<ReadonlyMap<string, boolean>> {
  const names = new Set(tables.flatMap(({ location }) => location.profile?.toLowerCase() ?? []))
  const found = new Map<string, boolean>()
  await Promise.all(
    [...names].slice(0, mostProfiles).map(async (profile) => {
      const answer = await askPxf(service, {
        resource: 'gp_supervisor_profile_check',
        options: { PROFILE: profile },
        format: undefined,
        timeoutMs: profileMs,
      })
      const message = answer.kind === 'error' ? answer.message : ''
      if (/is not defined in|does not define any plugins/.test(message)) found.set(profile, false)
      if (/FORMAT has no value/.test(message)) found.set(profile, true)
    }),
  )
  return found
}
