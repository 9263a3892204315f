/**
 * Comments of the form `-- gp-supervisor: …`. At the top of a file they apply to the file, directly before a statement
 * to that statement. Pure.
 */
import type { Comment, Fault, SplitFile, Statement } from './statements.ts'

export interface FileDirectives {
  /** The database to apply the file to; undefined means GREENPLUM_DATABASE_NAME. */
  readonly database: string | undefined
  /** Skipped if PXF is disabled. */
  readonly needsPxf: boolean
  /** Applied only if its text differs from what was last applied, or if a relation that it creates is missing. */
  readonly whenChanged: boolean
  /** The schemas besides pg_catalog in which unqualified names are looked up. */
  readonly searchPath: readonly string[]
  /** Roles other than superusers whose tables, views and functions the file may use. */
  readonly trusts: readonly string[]
}

const prefix = /^--\s*gp-supervisor\s*:\s*/i
const nearPrefix = /^--+\s*gp[-_ ]?supervisor\b\s*/i
const mark = 'may run again'
const known = `the directives are: database <name>, needs pxf, when changed, search path <schemas>, trusts <roles> (all at the top of the file), and ${mark} (directly before a statement)`

/** Does not return marks: see `isMarked`. */
export function readDirectives({ statements, trailing }: SplitFile): {
  readonly directives: FileDirectives
  readonly faults: readonly Fault[]
} {
  const faults: Fault[] = []
  const databases: string[] = []
  const searchPath: string[] = []
  const trusts: string[] = []
  let needsPxf = false
  let whenChanged = false
  const read = (comment: Comment, above: Statement | undefined, isTop: boolean) => {
    const words = directiveOf(comment)
    const fault = (text: string) => void faults.push({ line: comment.line, text })
    const [, database] = /^database\s+(\S+)$/i.exec(words ?? '') ?? []
    const [, schemas] = /^search path\s+(\S.*)$/i.exec(words ?? '') ?? []
    const [, roles] = /^trusts\s+(\S.*)$/i.exec(words ?? '') ?? []
    if (words === undefined) {
      const meant = nearDirectiveOf(comment)
      if (meant !== undefined)
        fault(
          `this comment looks like a directive but is not one; write "-- gp-supervisor: ${meant}", or start it with another word`,
        )
      return
    }
    if (words.toLowerCase() === mark) {
      if (above === undefined || !isDirectlyBefore(comment, above))
        fault(`"${mark}" must be alone on the line directly before its statement`)
    } else if (!isTop) fault(`"${words}" is not allowed here; ${known}`)
    else if (database !== undefined) databases.push(database)
    else if (schemas !== undefined) searchPath.push(...listed(schemas))
    else if (roles !== undefined) trusts.push(...listed(roles))
    else if (words.toLowerCase() === 'needs pxf') needsPxf = true
    else if (words.toLowerCase() === 'when changed') whenChanged = true
    else fault(`"${words}" is not a directive; ${known}`)
  }
  statements.forEach((statement, index) => {
    for (const comment of statement.comments) read(comment, statement, index === 0)
  })
  for (const comment of trailing) read(comment, undefined, statements.length === 0)
  if (databases.length > 1) faults.push({ line: 1, text: `more than one database: ${databases.join(', ')}` })
  return { directives: { database: databases[0], needsPxf, whenChanged, searchPath, trusts }, faults }
}

/** Names separated by commas, each exactly as written. */
const listed = (names: string): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** Whether the author has marked the statement as safe to run at each start. */
export const isMarked = (statement: Statement): boolean =>
  statement.comments.some(
    (comment) => directiveOf(comment)?.toLowerCase() === mark && isDirectlyBefore(comment, statement),
  )

/** The line that marks a statement, for messages. */
export const markLine = `-- gp-supervisor: ${mark}`

/** The line that sets a search path, for messages. */
export const searchPathLine = '-- gp-supervisor: search path public'

const directiveOf = ({ text }: Comment): string | undefined =>
  prefix.test(text) ? text.replace(prefix, '').trim() : undefined

/**
 * The directive that a misspelt comment probably means. After a colon that is any text; without one, only the exact
 * words of a directive, because ordinary comments also mention the program.
 */
function nearDirectiveOf({ text }: Comment): string | undefined {
  if (prefix.test(text) || !nearPrefix.test(text)) return undefined
  const rest = text.replace(nearPrefix, '')
  const words = rest
    .replace(/^[:;=,.\s-]+/, '')
    .trimEnd()
    .replace(/[.;]$/, '')
  return rest.startsWith(':') || allWords.test(words) ? words : undefined
}

const allWords =
  /^(?:database\s+\S+|needs\s+pxf|when\s+changed|may\s+run\s+again|(?:search\s+path|trusts)\s+[^\s,]+(?:\s*,\s*[^\s,]+)*)$/i

const isDirectlyBefore = (comment: Comment, statement: Statement): boolean =>
  comment.alone && comment.line === statement.line - 1
