/** Which tables a statement affects, and what it does to their rows, also inside WITH. Pure. */
import { creationOf, nameAt, removalOf } from './objects.ts'
import { wordsOf, type Statement } from './statements.ts'

/** Folded as the server does it, without a leading `pg_temp`. */
export type TableName = string

export interface Change {
  readonly command: 'INSERT' | 'UPDATE' | 'DELETE'
  readonly table: TableName
  /** Restricted to certain rows: by its own WHERE, or for INSERT to rows that do not exist yet. */
  readonly limited: boolean
}

/** Every INSERT, UPDATE and DELETE of a query, not only the first. */
export function changesOf(statement: Statement): Change[] {
  const words = wordsOf(statement)
  const places = words.flatMap((_, at) => (isChange(words, at) ? [at] : []))
  return places.map((at) => {
    const command = words[at] as Change['command']
    const table = tableAt(statement, command === 'UPDATE' ? at + 1 : at + 2)
    const { inner, outer } = clauseFrom(words, at)
    if (command !== 'INSERT') return { command, table, limited: outer.includes('WHERE') }
    // If there is only one change, a query in WITH may be what restricts its rows.
    const text = places.length === 1 && isOutside(words, at) ? words : inner
    return { command, table, limited: guard.test(text.join(' ')) }
  })
}

const guard =
  /\bWHERE .*\bNOT (EXISTS \(|IN \( (\( )*SELECT\b)|\bEXCEPT (ALL |DISTINCT )?(\( )*SELECT\b|\bON CONFLICT\b/

/** What may precede UPDATE at the start of a query; not FOR, KEY, DO, ON or OR. */
const beforeUpdate = /^(|\(|\)|ANALY[ZS]E|VERBOSE)$/

function isChange(words: readonly string[], at: number): boolean {
  if (words[at] === 'INSERT') return words[at + 1] === 'INTO'
  if (words[at] === 'DELETE') return words[at + 1] === 'FROM'
  if (words[at] !== 'UPDATE' || (at > 0 && words[at - 1] === '')) return false
  if (!beforeUpdate.test(words[at - 1] ?? '')) return false
  // A column may be called `update`, and a foreign key may have ON UPDATE SET NULL.
  const { outer } = clauseFrom(words, at + 1)
  return outer.some((word, place) => word === 'SET' && outer[place - 2] !== 'ON')
}

/** The words up to the end of the enclosing parentheses; `outer` without those in nested parentheses. */
function clauseFrom(words: readonly string[], from: number): { inner: string[]; outer: string[] } {
  const [inner, outer]: [string[], string[]] = [[], []]
  let depth = 0
  for (const word of words.slice(from)) {
    if (word === ')' && --depth < 0) break
    inner.push(word)
    if (depth === 0) outer.push(word)
    if (word === '(') depth++
  }
  return { inner, outer }
}

/** Whether no parenthesis is open at that word. */
export function isOutside(words: readonly string[], at: number): boolean {
  const count = (bracket: string) => words.slice(0, at).filter((word) => word === bracket).length
  return count('(') === count(')')
}

/** The table that SELECT … INTO creates. */
export function selectedInto(statement: Statement): { table: TableName; temporary: boolean } | undefined {
  const words = wordsOf(statement)
  const into = words.findIndex(
    (word, at) => word === 'INTO' && words[at - 1] !== 'INSERT' && isOutside(words, at),
  )
  if (into < 0) return undefined
  let at = into + 1
  while (/^(TEMP|TEMPORARY|LOCAL|GLOBAL|UNLOGGED|TABLE)$/.test(words[at] ?? '')) at++
  const isTemp = words.slice(into, at).some((word) => word.startsWith('TEMP'))
  return {
    table: tableAt(statement, at),
    temporary: isTemp || nameAt(statement, at).parts[0] === 'pg_temp',
  }
}

/** The tables that a statement other than a query affects. */
export function tablesOf(statement: Statement): TableName[] {
  const words = wordsOf(statement)
  const removal = removalOf(statement)
  if (removal !== undefined)
    return removal.kind === 'TABLE' ? removal.objects.map(({ name }) => tableName(name)) : []
  if (words[0] === 'TRUNCATE') return truncated(statement, words)
  if (words[0] === 'COPY') return [tableAt(statement, 1)]
  if (words[0] === 'ALTER' && words[1] === 'TABLE')
    return [tableAt(statement, words[2] === 'IF' && words[3] === 'EXISTS' ? 4 : 2)]
  const kind = creationOf(statement)?.kind
  return kind === 'INDEX' ? [tableAt(statement, words.indexOf('ON') + 1)] : []
}

function truncated(statement: Statement, words: readonly string[]): TableName[] {
  const start = words[1] === 'TABLE' ? 2 : 1
  const commas = words.flatMap((word, at) => (word === ',' ? [at + 1] : []))
  return [start, ...commas].map((at) => tableAt(statement, at))
}

function tableAt(statement: Statement, at: number): TableName {
  return tableName(nameAt(statement, wordsOf(statement)[at] === 'ONLY' ? at + 1 : at).parts)
}

export const tableName = (parts: readonly string[]): TableName =>
  (parts[0] === 'pg_temp' ? parts.slice(1) : parts).join('.')
