/** The error of a failed statement: its line, the server's message, and the fix. Pure. */
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

/** `cannot apply 20-x.sql:14: relation "y" does not exist (42P01)`, then detail, hint and fix. */
export function statementError(file: string, statement: Statement, cause: unknown): SupervisorError {
  const { detail, hint, where } = (cause ?? {}) as ServerError
  const parts = [
    describeSqlError(cause),
    ...(detail === undefined ? [] : [`detail: ${detail}`]),
    ...(where === undefined ? [] : [`where: ${where}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...fixFor(cause),
  ]
  const text = parts.map((part) => part.replaceAll(/\s*\n\s*/g, ', ')).join('; ')
  return new SupervisorError(`cannot apply ${file}:${lineOf(statement, cause)}: ${text}`, {
    code: 'sql-file',
    cause,
  })
}

/** For errors outside a statement, such as in the session or the commit; a `statementError` is returned unchanged. */
export function fileError(file: string, cause: unknown): SupervisorError {
  if (cause instanceof SupervisorError && cause.code === 'sql-file') return cause
  return new SupervisorError(`cannot apply ${file}: ${describeSqlError(cause)}`, { code: 'sql-file', cause })
}

function lineOf(statement: Statement, cause: unknown): number {
  const { position, where } = (cause ?? {}) as ServerError
  if (position !== undefined) return lineOfPosition(statement, Number(position))
  // Line numbers in a DO block count from the start of its string.
  const inside = /inline_code_block line (\d+)/.exec(where ?? '')?.[1]
  const body = statement.tokens.find(({ kind }) => kind === 'string')
  if (inside === undefined || body === undefined) return statement.line
  return lineOfPosition(statement, body.start - statement.start + 1) + Number(inside) - 1
}

const hasUnqualifiedName =
  /(relation|type|table|view|sequence) "[^".]+" does not exist|function [\w$]+\(.*\) does not exist|no schema has been selected/

function fixFor(cause: unknown): string[] {
  const { code } = (cause ?? {}) as ServerError
  const { message } = (cause ?? {}) as { message?: string }
  if (code === '2BP01')
    return [
      'fix: drop the dependent objects by hand, and recreate them after the next attempt, which follows soon',
    ]
  if (code === '55P03')
    return ['fix: another session holds a lock on it; find it in pg_locks and pg_stat_activity, and end it']
  if (code === '57014') return ['fix: if it may take longer, raise SQL_STATEMENT_TIMEOUT']
  if (code === 'foreign-object')
    return [
      'fix: drop or rename it, or make the administrator its owner (ALTER … OWNER TO); if you trust that role with the ' +
        "administrator's privileges: -- gp-supervisor: trusts <role>, at the top of the file",
    ]
  if (hasUnqualifiedName.test(message ?? ''))
    return [
      `fix: names are looked up in pg_catalog only: write the schema before the name, or "${searchPathLine}" at the top of the file`,
    ]
  if (/protocol "pxf" does not exist/.test(message ?? ''))
    return [
      'fix: add the database to PXF_EXTENSION_DATABASES, or put "-- gp-supervisor: needs pxf" at the top',
    ]
  if (/protocol ".*" does not exist/.test(message ?? '')) return ['fix: see component protocols']
  return []
}
