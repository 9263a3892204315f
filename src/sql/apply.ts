/**
 * Applies one SQL file in one session and one transaction, statement by statement, so that an error has a line. A file
 * with the directive `when changed` is skipped if the same text was applied before (record.ts).
 */
import { ensureDatabase } from '../greenplum/databases.ts'
import { quoteIdentifier, withSession, type Session } from '../greenplum/session.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import { fileError, statementError } from './errors.ts'
import type { SqlFile } from './files.ts'
import { refuseForeignCode } from './ownership.ts'
import { appliedBefore, remember } from './record.ts'

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
      const before = file.whenChanged ? await appliedBefore(session, [file]) : undefined
      const appliedAt = before?.get(file.name)
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
