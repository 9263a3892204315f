/**
 * Comments of the form `-- gp-supervisor: …`. At the top of a file they are about the file, directly before a
 * statement about that statement. Pure.
 */
import type { Comment, Fault, SplitFile, Statement } from './statements.ts'

export interface FileDirectives {
  /** The database that the file is for; undefined: GREENPLUM_DATABASE_NAME. */
  readonly database: string | undefined
  /** Left out where PXF is switched off. */
  readonly needsPxf: boolean
  /** Applied only when its text differs from what was applied last, or a relation that it makes is missing. */
  readonly whenChanged: boolean
  /** Where names without a schema are looked up besides pg_catalog; empty: nowhere. */
  readonly searchPath: readonly string[]
  /** Roles other than superusers whose tables, views and functions the file may use. */
  readonly trusts: readonly string[]
}

const prefix = /^--\s*gp-supervisor\s*:\s*/i
const nearPrefix = /^--+\s*gp[-_ ]?supervisor\b\s*/i
const mark = 'may run again'
const known = `known are: database <name>, needs pxf, when changed, search path <schemas>, trusts <roles> (all at the top of the file), and ${mark} (directly before a statement)`

/** Marks are left out here: `isMarked` finds them. */
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
          `this comment looks like a directive and is none; write "-- gp-supervisor: ${meant}", or begin it with another word`,
        )
      return
    }
    if (words.toLowerCase() === mark) {
      if (above === undefined || !isDirectlyBefore(comment, above))
        fault(`"${mark}" has to stand alone on the line directly before the statement that it is about`)
    } else if (!isTop) fault(`"${words}" is not known here; ${known}`)
    else if (database !== undefined) databases.push(database)
    else if (schemas !== undefined) searchPath.push(...listed(schemas))
    else if (roles !== undefined) trusts.push(...listed(roles))
    else if (words.toLowerCase() === 'needs pxf') needsPxf = true
    else if (words.toLowerCase() === 'when changed') whenChanged = true
    else fault(`"${words}" is not known; ${known}`)
  }
  statements.forEach((statement, index) => {
    for (const comment of statement.comments) read(comment, statement, index === 0)
  })
  for (const comment of trailing) read(comment, undefined, statements.length === 0)
  if (databases.length > 1) faults.push({ line: 1, text: `more than one database: ${databases.join(', ')}` })
  return { directives: { database: databases[0], needsPxf, whenChanged, searchPath, trusts }, faults }
}

/** Names separated by commas, each as it is spelt. */
const listed = (names: string): string[] =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** Whether the author says that the statement may run at each start, whatever it looks like. */
export const isMarked = (statement: Statement): boolean =>
  statement.comments.some(
    (comment) => directiveOf(comment)?.toLowerCase() === mark && isDirectlyBefore(comment, statement),
  )

/** How a statement is marked, for the advice of the lint. */
export const markLine = `-- gp-supervisor: ${mark}`

/** How a file opens a search path, likewise. */
export const searchPathLine = '-- gp-supervisor: search path public'

const directiveOf = ({ text }: Comment): string | undefined =>
  prefix.test(text) ? text.replace(prefix, '').trim() : undefined

/**
 * What a comment means to say that only begins like a directive: behind a colon anything, else the words of a
 * directive and no others, since people write about the program, too.
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
