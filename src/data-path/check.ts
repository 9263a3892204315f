/**
 * One query that verifies that data can be read. It runs in a read-only transaction that is rolled back, over a cursor,
 * so that at most one row is ever transferred, whatever the query returns.
 */
import { SupervisorError } from '../errors.ts'
import { withSession, type SessionTarget } from '../greenplum/session.ts'
import { refuseForeignCode } from '../sql/ownership.ts'
import { splitStatements, type Statement } from '../sql/statements.ts'
import { NoRowsError } from './explain.ts'

export interface DataPathQuery {
  readonly query: string
  readonly timeoutMs: number
}

/** On top of the server's own limit, for a server that does not respond at all. */
const slackMs = 5000

/** @throws whatever prevents the query from returning a row, for `explainDataPath` */
export async function checkDataPath(
  target: SessionTarget,
  { query, timeoutMs }: DataPathQuery,
  signal: AbortSignal,
): Promise<void> {
  const statement = onlyStatement(query)
  await withSession(
    target,
    async (session) => {
      await session.query('BEGIN READ ONLY')
      await session.query(`SET LOCAL statement_timeout = ${timeoutMs}`)
      await refuseForeignCode(session, statement)
      await session.query(`DECLARE gp_supervisor_ready CURSOR FOR ${statement.text}`)
      const rows = await session.query('FETCH 1 FROM gp_supervisor_ready')
      if (rows.length === 0) throw new NoRowsError('no row')
      await session.query('ROLLBACK')
    },
    { signal, timeoutMs: timeoutMs + slackMs },
  )
}

function onlyStatement(query: string): Statement {
  const { statements, faults } = splitStatements(query)
  const [only] = statements
  if (only !== undefined && statements.length === 1 && faults.length === 0) return only
  const reason = faults[0]?.text ?? `it contains ${statements.length} statements`
  throw new SupervisorError(`READY_SQL must be a single SELECT: ${reason}`, { code: 'ready-sql' })
}
