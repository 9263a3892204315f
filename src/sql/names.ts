/**
 * Checks that a file names the schema of everything that it creates and drops. Its session looks names up in pg_catalog
 * only, where a function or a type would even be created silently, and `DROP … IF EXISTS` would find nothing. Pure.
 */
import { searchPathLine, type FileDirectives } from './directives.ts'
import { creationOf, nameAt, relationKinds, removalOf, type NamedObject } from './objects.ts'
import { wordsOf, type Fault, type Statement } from './statements.ts'
import { selectedInto } from './tables.ts'

/** Kinds of objects that live in a schema. */
const inSchema: ReadonlySet<string> = new Set([
  ...relationKinds,
  'INDEX',
  'FUNCTION',
  'PROCEDURE',
  'ROUTINE',
  'AGGREGATE',
  'TYPE',
  'DOMAIN',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'COLLATION',
  'CONVERSION',
  'STATISTICS',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
])

export function findUnqualified(
  statements: readonly Statement[],
  { searchPath }: Pick<FileDirectives, 'searchPath'>,
): Fault[] {
  const temporary = new Set<string>()
  return statements.flatMap((statement) => {
    const { line } = statement
    const fault = pathFault(statement) ?? escapedName(statement)
    if (fault !== undefined) return [{ line, text: fault }]
    if (searchPath.length > 0) return []
    const creation = creationOf(statement)
    if (creation?.temporary === true) temporary.add(creation.name.join('.'))
    const named = [...(creation?.temporary === true ? [] : madeBy(statement)), ...droppedBy(statement)]
    return named
      .filter(({ kind, name }) => inSchema.has(kind) && name.length === 1 && !temporary.has(name.join('.')))
      .map(({ kind, name: [name = ''] }) => ({ line, text: unqualified(kind, name) }))
  })
}

function madeBy(statement: Statement): readonly NamedObject[] {
  const creation = creationOf(statement)
  if (creation !== undefined) return [creation.kind === 'INDEX' ? indexed(statement) : creation]
  const into = wordsOf(statement)[0] === 'CREATE' ? undefined : selectedInto(statement)
  if (into === undefined || into.temporary || into.table === '') return []
  return [{ kind: 'TABLE', name: into.table.split('.') }]
}

/** An index is created in the schema of its table. */
function indexed(statement: Statement): NamedObject {
  const on = wordsOf(statement).indexOf('ON') + 1
  return { kind: 'TABLE', name: nameAt(statement, wordsOf(statement)[on] === 'ONLY' ? on + 1 : on).parts }
}

/** The symbols of an operator are not a name, so they are not checked. */
const droppedBy = (statement: Statement): readonly NamedObject[] => removalOf(statement)?.objects ?? []

const unqualified = (kind: string, name: string): string =>
  `${kind} ${name} has no schema, and names are looked up in pg_catalog only: write public.${name}, ` +
  `or set a search path with the line "${searchPathLine}" at the top of the file`

/** In the middle of a file it would be unclear which statements it applies to. */
function pathFault(statement: Statement): string | undefined {
  const words = wordsOf(statement)
  const at = words[1] === 'LOCAL' || words[1] === 'SESSION' ? 2 : 1
  if (words[0] !== 'SET' || (words[at] !== 'SEARCH_PATH' && words[at] !== 'SCHEMA')) return undefined
  return `SET ${words[at].toLowerCase()}: use the line "${searchPathLine}" at the top of the file, or write the schema before each name`
}

/** The owner of such a name could not be checked. */
const escapedName = ({ text, start, tokens }: Statement): string | undefined =>
  tokens.some(({ kind, start: at }) => kind === 'name' && /^u&/i.test(text.slice(at - start, at - start + 2)))
    ? 'U&"…" as a name: write the characters themselves'
    : undefined
