/**
 * One query as proof that data can be read: in a transaction that may not write and is rolled back, over a cursor,
 * so that one row is all that ever comes here, whatever the query would answer.
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

/** Beyond the server's own limit, for a server that does not answer at all. */
const slackMs = 5000

/** @throws whatever keeps the query from answering a row, for `explainDataPath` */
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
  const reason = faults[0]?.text ?? `it holds ${statements.length} statements`
  throw new SupervisorError(`READY_SQL has to be one SELECT: ${reason}`, { code: 'ready-sql' })
}
