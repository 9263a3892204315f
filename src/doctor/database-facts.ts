/** Observes the database with its pid files, pg_hba.conf, and a few short sessions. */
import { networkInterfaces } from 'node:os'
import type { Config } from '../config/config.ts'
import { errnoOf } from '../errors.ts'
import { findingIn } from '../findings/error.ts'
import type { Finding } from '../findings/finding.ts'
import { observePostmaster, type Postmaster } from '../greenplum/data-directories.ts'
import { comparePassword } from '../greenplum/password.ts'
import type { PasswordState } from '../greenplum/password-hash.ts'
import { coordinatorTarget } from '../greenplum/readiness.ts'
import { withSession, type SessionTarget } from '../greenplum/session.ts'
import { describeSqlError } from '../greenplum/sql-errors.ts'
import { hbaPath, verifyHbaRule } from '../hba/reconcile.ts'
import { withHbaRule, type HbaRule } from '../hba/rule.ts'
import { deadline } from '../time.ts'
import type { VolumeFacts } from '../volume/observe.ts'
import type { DatabaseFacts, ExtensionState, SessionFacts } from './database.ts'

/** Each check needs one or two short sessions, so together they stay well within the doctor's limit. */
const sessionMs = 4000
/** The SQLSTATE of a server that is starting or recovering. */
const cannotConnectNow = '57P03'

/** @param rule the rule that pg_hba.conf should have; undefined if the supervisor does not change the file */
export async function examineDatabase(
  config: Config,
  { directories, hbaText }: VolumeFacts,
  rule: HbaRule | undefined,
): Promise<DatabaseFacts> {
  const { greenplum } = config
  const postmasters = await Promise.all(directories.map(observePostmaster))
  const servers = directories.map((path, index) => ({
    path,
    state: postmasters[index]?.state ?? 'none',
  }))
  const coordinator = await observePostmaster(greenplum.coordinatorDirectory)
  return {
    user: greenplum.user,
    profile: greenplum.profile,
    host: greenplum.host,
    coordinatorDirectory: greenplum.coordinatorDirectory,
    servers,
    session: coordinator.state === 'alive' ? await observeSession(config, coordinator, rule) : undefined,
    hba: hbaFacts(config, hbaText, rule),
  }
}

function hbaFacts(
  { greenplum }: Config,
  text: string | undefined,
  rule: HbaRule | undefined,
): DatabaseFacts['hba'] {
  const path = hbaPath(greenplum.coordinatorDirectory)
  const ownAddresses = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)
  return { path, text, hasRule: ruleIn(text, rule), ownAddresses }
}

/** undefined if there is no rule to look for, or if the file cannot be parsed. */
function ruleIn(text: string | undefined, rule: HbaRule | undefined): boolean | undefined {
  if (text === undefined || rule === undefined) return undefined
  try {
    return withHbaRule(text, rule) === text
  } catch {
    return undefined
  }
}

async function observeSession(
  config: Config,
  postmaster: Extract<Postmaster, { state: 'alive' }>,
  rule: HbaRule | undefined,
): Promise<SessionFacts> {
  const target = coordinatorTarget(config.greenplum, postmaster)
  const { password } = config.greenplum
  try {
    const catalog = await withSession(target, readCatalog, { timeoutMs: sessionMs })
    const wanted = config.pxf.enabled ? config.pxf.extensionDatabases : []
    const present = wanted.filter((name) => catalog.databases.includes(name))
    const tcp = { ...target, host: config.greenplum.host }
    const [extensions, unverified, passwordState] = await Promise.all([
      Promise.all(present.map((name) => extensionIn(target, name))),
      rule === undefined
        ? undefined
        : tcpFailure(rule.method === 'md5' && password !== undefined ? { ...tcp, password } : tcp),
      password === undefined ? ('unknown' as const) : comparisonOf(target, password),
    ])
    return {
      kind: 'open',
      ...catalog,
      missingDatabases: [...new Set([config.greenplum.database, ...wanted])].filter(
        (name) => !catalog.databases.includes(name),
      ),
      extensions,
      unverified,
      password: passwordState,
    }
  } catch (error) {
    return { kind: 'refused', reason: describeSqlError(error), starting: errnoOf(error) === cannotConnectNow }
  }
}

async function readCatalog(session: { query: (sql: string) => Promise<readonly Record<string, unknown>[]> }) {
  const segments = await session.query(
    `SELECT content, port, hostname, status FROM gp_segment_configuration WHERE role = 'p' AND content >= 0 ORDER BY content`,
  )
  const databases = await session.query('SELECT datname FROM pg_database')
  const dispatch = await session.query(`SELECT count(*)::int AS answered FROM gp_dist_random('gp_id')`).then(
    ([row]) => ({ answered: Number(row?.['answered']), failure: '' }),
    (error: unknown) => ({ answered: 0, failure: describeSqlError(error) }),
  )
  return {
    segments: segments.map((row) => ({
      name: `content ${String(row['content'])} (${String(row['hostname'])}:${String(row['port'])})`,
      down: row['status'] === 'd',
    })),
    databases: databases.map((row) => String(row['datname'])),
    dispatch,
  }
}

async function extensionIn(target: SessionTarget, database: string): Promise<ExtensionState> {
  try {
    const [row] = await withSession(
      { ...target, database },
      (session) =>
        session.query(
          `SELECT (SELECT default_version FROM pg_available_extensions WHERE name = 'pxf') AS available,
                  (SELECT extversion FROM pg_extension WHERE extname = 'pxf') AS installed`,
        ),
      { timeoutMs: sessionMs },
    )
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
    return { database, installed: text(row?.['installed']), available: text(row?.['available']), failure: '' }
  } catch (error) {
    return { database, installed: undefined, available: undefined, failure: describeSqlError(error) }
  }
}

async function tcpFailure(target: SessionTarget): Promise<Finding | undefined> {
  const limit = deadline(sessionMs)
  try {
    await verifyHbaRule(target, limit.signal)
    return undefined
  } catch (error) {
    return findingIn(error)
  } finally {
    limit.clear()
  }
}

async function comparisonOf(target: SessionTarget, password: string): Promise<PasswordState> {
  const limit = deadline(sessionMs)
  try {
    return await comparePassword(target, password, limit.signal)
  } catch {
    return 'unknown'
  } finally {
    limit.clear()
  }
}
