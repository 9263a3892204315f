/**
 * Applies one SQL file in one session and one transaction, statement by statement, so that an error has a line. A file
 * with the directive `when changed` is skipped if the same text was applied before. The record of applied files is in the
 * database itself and is updated in the same transaction, so the two cannot disagree.
 */
import { ensureDatabase } from '../greenplum/databases.ts'
import { quoteIdentifier, quoteLiteral, withSession, type Session } from '../greenplum/session.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import { SupervisorError, reasonOf } from '../errors.ts'
import { fileError, statementError } from './errors.ts'
import type { SqlFile } from './files.ts'
import { creationOf, relationKinds } from './objects.ts'
import { refuseForeign, refuseForeignCode } from './ownership.ts'

export type Applied =
  | { readonly outcome: 'applied'; readonly statements: number }
  /** The same text was applied before, and what it created still exists. */
  | { readonly outcome: 'unchanged'; readonly appliedAt: string }

export interface ApplyLimits {
  /** For each statement. */
  readonly statementTimeoutMs: number
  readonly signal: AbortSignal
}

/** A statement that waits longer for a lock fails with a specific error, and the file is retried. */
const lockTimeoutMs = 10_000
/** For opening the session, and for network latency. */
const slackMs = 10_000

/** @param target the coordinator, with the default database for a file that names none */
export async function applySqlFile(
  file: SqlFile,
  target: SessionTarget,
  limits: ApplyLimits,
): Promise<Applied> {
  const { database = target.database } = file
  try {
    if (database !== target.database) await ensureDatabase(target, database, limits.signal)
    return await applyIn({ ...target, database }, file, limits)
  } catch (error) {
    throw fileError(file.name, error)
  }
}

function applyIn(target: SessionTarget, file: SqlFile, limits: ApplyLimits): Promise<Applied> {
  return withSession(
    target,
    async (session): Promise<Applied> => {
      const appliedAt = file.whenChanged ? await appliedBefore(session, file) : undefined
      if (appliedAt !== undefined) return { outcome: 'unchanged', appliedAt }
      await inTransaction(session, limits, async () => {
        if (file.whenChanged) await remember(session, file)
        if (file.searchPath.length > 0)
          await session.query(`SET LOCAL search_path = ${file.searchPath.map(quoteIdentifier).join(', ')}`)
        await runStatements(session, file)
      })
      return { outcome: 'applied', statements: file.statements.length }
    },
    {
      signal: limits.signal,
      // The server itself cancels what takes too long; this is for a server that does not respond at all.
      timeoutMs: (file.statements.length + 1) * limits.statementTimeoutMs + slackMs,
    },
  )
}

async function inTransaction(
  session: Session,
  { statementTimeoutMs }: ApplyLimits,
  work: () => Promise<void>,
): Promise<void> {
  await session.query('BEGIN')
  await session.query(`SET LOCAL statement_timeout = ${statementTimeoutMs}`)
  // Shorter than the statement timeout, whose error would hide that a lock was the reason.
  await session.query(
    `SET LOCAL lock_timeout = ${Math.min(lockTimeoutMs, Math.ceil(statementTimeoutMs / 2))}`,
  )
  await work()
  await session.query('COMMIT')
}

async function runStatements(session: Session, file: SqlFile): Promise<void> {
  const { name, statements, searchPath, trusts } = file
  for (const statement of statements) {
    try {
      // Right before it runs, because other sessions may create objects at any time. A search path implies trust.
      if (searchPath.length === 0) await refuseForeignCode(session, statement, trusts)
      await session.query(statement.text)
    } catch (error) {
      throw statementError(name, statement, error)
    }
  }
}

/** Greenplum refuses schema names that start with gp_. */
const recordSchema = 'gpsupervisor'
const record = `${recordSchema}.applied_sql`

/** A role that can create schemas may have created this one first, with a table with rules and triggers. */
async function refuseForeignRecord(session: Session): Promise<void> {
  await refuseForeign(session, [{ schema: recordSchema, name: 'applied_sql' }]).catch((error: unknown) => {
    throw new SupervisorError(
      `${reasonOf(error)}; the supervisor keeps its record of applied files there: rename it ` +
        `(ALTER SCHEMA ${recordSchema} RENAME TO …), or drop it`,
      { code: 'foreign-object', cause: error },
    )
  })
}

/** When this text was applied, if everything that it creates still exists. */
async function appliedBefore(session: Session, file: SqlFile): Promise<string | undefined> {
  await refuseForeignRecord(session)
  if (!(await allThere(session, [quoteLiteral(record)]))) return undefined
  const [row] = await session.query(
    `SELECT to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at
     FROM ${record} WHERE file = $1 AND sha256 = $2`,
    [file.name, file.sha256],
  )
  if (row === undefined || !(await allThere(session, relationsOf(file)))) return undefined
  return String(row['applied_at'])
}

async function allThere(session: Session, relations: readonly string[]): Promise<boolean> {
  if (relations.length === 0) return true
  const conditions = relations.map((name) => `to_regclass(${name}) IS NOT NULL`)
  const [row] = await session.query(`SELECT ${conditions.join(' AND ')} AS all_there`)
  return row?.['all_there'] === true
}

/** The names of the relations that the file creates, as SQL literals. */
export function relationsOf({ statements }: Pick<SqlFile, 'statements'>): string[] {
  return statements.flatMap((statement) => {
    const creation = creationOf(statement)
    if (creation === undefined || creation.temporary || !relationKinds.has(creation.kind)) return []
    return [quoteLiteral(creation.name.map(quoteIdentifier).join('.'))]
  })
}

/** Runs before the statements of the file, which may change the role or the search path. */
async function remember(session: Session, { name, sha256 }: SqlFile): Promise<void> {
  await session.query(`CREATE SCHEMA IF NOT EXISTS ${recordSchema}`)
  await session.query(
    `CREATE TABLE IF NOT EXISTS ${record} (file text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL)`,
  )
  await refuseForeignRecord(session)
  await session.query(`DELETE FROM ${record} WHERE file = $1`, [name])
  await session.query(`INSERT INTO ${record} VALUES ($1, $2, now())`, [name, sha256])
}
