/**
 * Whether a file may run at each start: twice must be as good as once, and nothing of the users' may be lost. Pure.
 * It reads the first words of each statement, after the grammar of Greenplum 6, and knows nothing of the database:
 * what it takes for a mistake may be meant, and then the statement is marked. DO blocks are opaque and accepted.
 */
import { isMarked, markLine } from './directives.ts'
import { creationOf, keyOf, removalOf, type Creation, type Removal } from './objects.ts'
import { wordsOf, type Fault, type Statement } from './statements.ts'
import { changesOf, isOutside, selectedInto, tableName, tablesOf, type TableName } from './tables.ts'

interface Context {
  readonly statement: Statement
  readonly words: readonly string[]
  /** What earlier statements of the file removed, if it was there. */
  readonly dropped: ReadonlySet<string>
  /** Tables that end with the session: what happens in them is nobody's concern. */
  readonly temporary: ReadonlySet<TableName>
}

export function lintStatements(statements: readonly Statement[]): Fault[] {
  const dropped = new Set<string>()
  const temporary = new Set<TableName>()
  return statements.flatMap((statement) => {
    const context = { statement, words: wordsOf(statement), dropped, temporary }
    const fault = neverAllowed(context) ?? (isMarked(statement) ? undefined : unlessMarked(context))
    for (const object of removalOf(statement)?.objects ?? []) dropped.add(keyOf(object))
    noteTemporary(context, temporary)
    return fault === undefined ? [] : [{ line: statement.line, text: fault }]
  })
}

function noteTemporary({ statement, words }: Context, temporary: Set<TableName>): void {
  const creation = creationOf(statement)
  // What is written to a temporary view ends up in its table.
  if (creation?.temporary === true && creation.kind === 'TABLE') temporary.add(tableName(creation.name))
  const into = queries.has(words[0] ?? '') ? selectedInto(statement) : undefined
  if (into?.temporary === true) temporary.add(into.table)
  if (words[0] === 'DROP' || (words[0] === 'ALTER' && / RENAME TO /.test(words.join(' '))))
    for (const table of tablesOf(statement)) temporary.delete(table)
}

/** Each file is one transaction, and the supervisor begins and ends it. */
function neverAllowed({ words }: Context): string | undefined {
  const start = words.slice(0, 4).join(' ')
  if (
    /^(BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)\b/.test(start)
  )
    return `${words[0]}: a file is one transaction by itself, which cannot be steered from inside`
  if (cannotBeInTransaction.test(start) || /^ALTER TYPE .*\bADD VALUE\b/.test(words.join(' ')))
    return `${start.split(' ').slice(0, 2).join(' ')} cannot run inside a transaction, and a file is one; do it by hand`
  if (words[0] === 'COPY' && (words.includes('STDIN') || words.includes('STDOUT')))
    return 'COPY from STDIN or to STDOUT: there is no psql here that could send or take the rows'
  return undefined
}

const cannotBeInTransaction =
  /^(VACUUM|ALTER SYSTEM|DISCARD ALL|REINDEX (DATABASE|SYSTEM)|(CREATE|DROP) (DATABASE|TABLESPACE)|CREATE RESOURCE QUEUE|(CREATE|ALTER|DROP) RESOURCE GROUP|CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY)\b/

const orMark = `or, if it is meant, put the line "${markLine}" directly before it`

function unlessMarked(context: Context): string | undefined {
  const fault = ruleFor(context)
  return fault === undefined ? undefined : `${fault}, ${orMark}`
}

/** What begins a statement that reads or changes rows. */
const queries: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE', '('])

function ruleFor(context: Context): string | undefined {
  const { statement, words } = context
  const [first = ''] = words
  if (queries.has(first)) return queryFault(context)
  if (isAboutTemporary(context)) return undefined
  switch (first) {
    case 'CREATE': {
      const creation = creationOf(statement)
      return creation === undefined ? undefined : creationFault(creation, context)
    }
    case 'DROP': {
      const removal = removalOf(statement)
      return removal === undefined ? undefined : removalFault(removal, words)
    }
    case 'ALTER':
      return stringsFault(statement) ?? alterationFault(words)
    case 'SET':
      return stringsFault(statement)
    case 'TRUNCATE':
      return 'TRUNCATE empties a table at each start: leave it out'
    case 'COPY':
      return words.some((word, at) => word === 'FROM' && isOutside(words, at))
        ? sameRows(first)
        : changeFault(context)
    case 'EXPLAIN':
      return explainFault(context)
    case 'PREPARE':
    case 'EXECUTE':
      return `${first}: what it does to the rows cannot be seen: write the statement itself`
    default:
      return undefined
  }
}

function isAboutTemporary({ statement, temporary }: Context): boolean {
  const tables = tablesOf(statement)
  return tables.length > 0 && tables.every((table) => temporary.has(table))
}

function creationFault(creation: Creation, context: Context): string | undefined {
  const { dropped, words } = context
  const { kind, name, orReplace, ifNotExists, temporary } = creation
  if (orReplace || ifNotExists || temporary || dropped.has(keyOf(creation)))
    return kind === 'TABLE' ? changeFault(context) : undefined
  const isCopy = kind === 'TABLE' && words.includes('AS') && !words.includes('LIKE')
  const mend = isCopy ? 'make it with IF NOT EXISTS first and fill it behind a guard' : creationMend(kind)
  return `CREATE ${kind} ${name.join('.')} fails when it runs again: ${mend}`
}

/** What Greenplum 6 has for each kind. */
function creationMend(kind: string): string {
  if (['TABLE', 'SCHEMA', 'EXTENSION', 'FOREIGN TABLE'].includes(kind)) return 'write IF NOT EXISTS'
  if (['VIEW', 'FUNCTION', 'RULE', 'LANGUAGE'].includes(kind)) return 'write CREATE OR REPLACE'
  if (['ROLE', 'TYPE', 'SEQUENCE'].includes(kind))
    return 'make it in a DO block that looks first whether it is there'
  return `put DROP ${kind} IF EXISTS with the same name before it in this file`
}

/** What DROP takes with it that no CREATE brings back. */
const holdsData: ReadonlySet<string> = new Set(['TABLE', 'SCHEMA', 'SEQUENCE'])

function removalFault({ kind, ifExists, cascade }: Removal, words: readonly string[]): string | undefined {
  if (holdsData.has(kind) || words[1] === 'OWNED')
    return `DROP ${kind} loses what users keep there, at each start: leave it out`
  if (cascade) return 'DROP … CASCADE takes with it what users made on top: leave CASCADE out'
  return ifExists ? undefined : `DROP ${kind} fails where it is gone already: write IF EXISTS`
}

/** The rest of the file would be cut in the wrong places. */
const stringsFault = ({ text }: Statement): string | undefined =>
  /standard_conforming_strings/i.test(text)
    ? "standard_conforming_strings changes where strings end, and this file was read with it on: leave it out and write E'…' for backslashes"
    : undefined

function alterationFault(words: readonly string[]): string | undefined {
  const text = words.join(' ')
  const what = `ALTER ${words[1] ?? ''}`
  if (/(?<! ON (DELETE|UPDATE)) CASCADE\b/.test(text))
    return `${what} … CASCADE takes with it what users made on top: leave CASCADE out`
  if (words[1] === 'DEFAULT') return undefined
  if (/ TRUNCATE (DEFAULT )?PARTITION\b/.test(text))
    return `${what} … TRUNCATE PARTITION empties it at each start: leave it out`
  if (losesData.test(text))
    return `${what} … DROP loses what users keep there, at each start: do it by hand, or in a DO block that looks first`
  if (/ (RENAME|EXCHANGE|SPLIT|ATTACH|INHERIT|ADD(?! IF NOT EXISTS)) /.test(text))
    return `${what} fails when it runs again: make the change in a DO block that looks first whether it is needed`
  // ALTER COLUMN … DROP NOT NULL and DROP DEFAULT may run again; what names something may not.
  if (/ DROP (?!(COLUMN|CONSTRAINT|ATTRIBUTE)? ?IF EXISTS|NOT NULL|DEFAULT)/.test(text))
    return `${what} … DROP fails where it is gone already: write IF EXISTS`
  return undefined
}

/** Partitions, and columns, which need no word before their name. */
const losesData =
  /^ALTER TABLE .* DROP (?!CONSTRAINT\b|NOT NULL|DEFAULT(?! PARTITION))|^ALTER TYPE .* DROP ATTRIBUTE\b/

function queryFault(context: Context): string | undefined {
  if (selectedInto(context.statement)?.temporary === false)
    return 'SELECT … INTO makes a table and fails when it runs again: write CREATE TABLE IF NOT EXISTS'
  return changeFault(context)
}

/** EXPLAIN alone changes nothing; with ANALYZE it carries the statement out. */
function explainFault({ statement, words, temporary }: Context): string | undefined {
  const analyzes = words.slice(1, 20).some((word) => word === 'ANALYZE' || word === 'ANALYSE')
  const makes = words.some((word) => word === 'CREATE' || word === 'EXECUTE')
  const changes = changesOf(statement).some(({ table }) => !temporary.has(table))
  if (!analyzes || !(makes || changes || selectedInto(statement)?.temporary === false)) return undefined
  return 'EXPLAIN ANALYZE carries out what it explains, at each start: leave ANALYZE out'
}

/** What changes rows, also inside WITH. */
function changeFault({ statement, temporary }: Context): string | undefined {
  const change = changesOf(statement).find(({ table, limited }) => !limited && !temporary.has(table))
  if (change === undefined) return undefined
  if (change.command === 'INSERT') return sameRows(change.command)
  return `${change.command} without WHERE is about every row, at each start: say which rows`
}

const sameRows = (command: string): string =>
  `${command} adds the same rows at each start: guard it with WHERE NOT EXISTS (…)`
