/** What a failed statement says: where it stands, the server's words, and what mends it. Pure. */
import { describeSqlError } from '../greenplum/sql-errors.ts'
import { SupervisorError } from '../errors.ts'
import { searchPathLine } from './directives.ts'
import { lineOfPosition, type Statement } from './statements.ts'

interface ServerError {
  readonly code?: string
  readonly position?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
}

/** `cannot apply 20-x.sql:14: relation "y" does not exist (42P01)`, then detail, hint and mend. The cause is kept. */
export function statementError(file: string, statement: Statement, cause: unknown): SupervisorError {
  const { detail, hint, where } = (cause ?? {}) as ServerError
  const parts = [
    describeSqlError(cause),
    ...(detail === undefined ? [] : [`detail: ${detail}`]),
    ...(where === undefined ? [] : [`where: ${where}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...mendOf(cause),
  ]
  const text = parts.map((part) => part.replaceAll(/\s*\n\s*/g, ', ')).join('; ')
  return new SupervisorError(`cannot apply ${file}:${lineOf(statement, cause)}: ${text}`, {
    code: 'sql-file',
    cause,
  })
}

/** What is not about one statement, such as the session or the commit; a `statementError` stays as it is. */
export function fileError(file: string, cause: unknown): SupervisorError {
  if (cause instanceof SupervisorError && cause.code === 'sql-file') return cause
  return new SupervisorError(`cannot apply ${file}: ${describeSqlError(cause)}`, { code: 'sql-file', cause })
}

function lineOf(statement: Statement, cause: unknown): number {
  const { position, where } = (cause ?? {}) as ServerError
  if (position !== undefined) return lineOfPosition(statement, Number(position))
  // The body of DO counts its lines from where its string begins.
  const inside = /inline_code_block line (\d+)/.exec(where ?? '')?.[1]
  const body = statement.tokens.find(({ kind }) => kind === 'string')
  if (inside === undefined || body === undefined) return statement.line
  return lineOfPosition(statement, body.start - statement.start + 1) + Number(inside) - 1
}

const hasUnqualifiedName =
  /(relation|type|table|view|sequence) "[^".]+" does not exist|function [\w$]+\(.*\) does not exist|no schema has been selected/

function mendOf(cause: unknown): string[] {
  const { code } = (cause ?? {}) as ServerError
  const { message } = (cause ?? {}) as { message?: string }
  if (code === '2BP01')
    return ['mend: drop what depends on it by hand, and make it again after the next try, which is soon']
  if (code === '55P03')
    return ['mend: somebody holds a lock on it; see pg_locks and pg_stat_activity, and end that session']
  if (code === '57014') return ['mend: if it may take longer, raise SQL_STATEMENT_TIMEOUT']
  if (code === 'foreign-object')
    return [
      'mend: drop or rename it, or give it to the administrator (ALTER … OWNER TO); if that role is trusted with the ' +
        "administrator's rights: -- gp-supervisor: trusts <role>, at the top of the file",
    ]
  if (hasUnqualifiedName.test(message ?? ''))
    return [
      `mend: names are looked up in pg_catalog alone: write the schema before the name, or "${searchPathLine}" at the top of the file`,
    ]
  if (/protocol "pxf" does not exist/.test(message ?? ''))
    return [
      'mend: add the database to PXF_EXTENSION_DATABASES, or put "-- gp-supervisor: needs pxf" at the top',
    ]
  if (/protocol ".*" does not exist/.test(message ?? '')) return ['mend: see component protocols']
  return []
}
