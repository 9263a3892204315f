/**
 * Checks whether a file can run at each start: running it twice must equal running it once, and users must not lose data.
 * It examines the words of each statement, following the grammar of Greenplum 6, and knows nothing of the database. If
 * what it reports is intended, the statement can be marked. DO blocks are opaque and accepted. Pure.
 */
import { isMarked, markLine } from './directives.ts'
import { creationOf, keyOf, removalOf, type Creation, type Removal } from './objects.ts'
import { wordsOf, type Fault, type Statement } from './statements.ts'
import { changesOf, isOutside, selectedInto, tableName, tablesOf, type TableName } from './tables.ts'

interface Context {
  readonly statement: Statement
  readonly words: readonly string[]
  /** Objects that earlier statements of the file dropped. */
  readonly dropped: ReadonlySet<string>
  /** Temporary tables, whose contents do not matter. */
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
  // Writes to a temporary view end up in its table, so only tables count.
  if (creation?.temporary === true && creation.kind === 'TABLE') temporary.add(tableName(creation.name))
  const into = queries.has(words[0] ?? '') ? selectedInto(statement) : undefined
  if (into?.temporary === true) temporary.add(into.table)
  if (words[0] === 'DROP' || (words[0] === 'ALTER' && / RENAME TO /.test(words.join(' '))))
    for (const table of tablesOf(statement)) temporary.delete(table)
}

/** Each file is one transaction, which the supervisor begins and commits. */
function neverAllowed({ words }: Context): string | undefined {
  const start = words.slice(0, 4).join(' ')
  if (
    /^(BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START TRANSACTION|PREPARE TRANSACTION)\b/.test(start)
  )
    return `${words[0]}: each file runs as one transaction, which it cannot control itself`
  if (cannotBeInTransaction.test(start) || /^ALTER TYPE .*\bADD VALUE\b/.test(words.join(' ')))
    return `${start.split(' ').slice(0, 2).join(' ')} cannot run inside a transaction, and each file runs as one; run it by hand`
  if (words[0] === 'COPY' && (words.includes('STDIN') || words.includes('STDOUT')))
    return 'COPY from STDIN or to STDOUT: there is no psql here to send or receive the rows'
  return undefined
}

const cannotBeInTransaction =
  /^(VACUUM|ALTER SYSTEM|DISCARD ALL|REINDEX (DATABASE|SYSTEM)|(CREATE|DROP) (DATABASE|TABLESPACE)|CREATE RESOURCE QUEUE|(CREATE|ALTER|DROP) RESOURCE GROUP|CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY)\b/

const orMark = `or, if this is intended, put the line "${markLine}" directly before it`

function unlessMarked(context: Context): string | undefined {
  const fault = ruleFor(context)
  return fault === undefined ? undefined : `${fault}, ${orMark}`
}

/** The first words of statements that read or change rows. */
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
      return 'TRUNCATE empties a table at each start: remove it'
    case 'COPY':
      return words.some((word, at) => word === 'FROM' && isOutside(words, at))
        ? sameRows(first)
        : changeFault(context)
    case 'EXPLAIN':
      return explainFault(context)
    case 'PREPARE':
    case 'EXECUTE':
      return `${first}: its effect on the rows cannot be checked: write the statement itself`
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
  const fix = isCopy
    ? 'create it with IF NOT EXISTS first, then fill it with a guarded INSERT'
    : creationFix(kind)
  return `CREATE ${kind} ${name.join('.')} fails when it runs again: ${fix}`
}

/** The means that Greenplum 6 has for each kind. */
function creationFix(kind: string): string {
  if (['TABLE', 'SCHEMA', 'EXTENSION', 'FOREIGN TABLE'].includes(kind)) return 'write IF NOT EXISTS'
  if (['VIEW', 'FUNCTION', 'RULE', 'LANGUAGE'].includes(kind)) return 'write CREATE OR REPLACE'
  if (['ROLE', 'TYPE', 'SEQUENCE'].includes(kind))
    return 'create it in a DO block that first checks whether it exists'
  return `put DROP ${kind} IF EXISTS with the same name before it in this file`
}

/** Kinds whose DROP loses data that no CREATE restores. */
const holdsData: ReadonlySet<string> = new Set(['TABLE', 'SCHEMA', 'SEQUENCE'])

function removalFault({ kind, ifExists, cascade }: Removal, words: readonly string[]): string | undefined {
  if (holdsData.has(kind) || words[1] === 'OWNED')
    return `DROP ${kind} deletes what users store there, at each start: remove it`
  if (cascade) return 'DROP … CASCADE also drops what users built on it: remove CASCADE'
  return ifExists ? undefined : `DROP ${kind} fails if it is already gone: write IF EXISTS`
}

/** The rest of the file would have been split in the wrong places. */
const stringsFault = ({ text }: Statement): string | undefined =>
  /standard_conforming_strings/i.test(text)
    ? "standard_conforming_strings changes where strings end, and this file was parsed with it on: remove it, and write E'…' for backslashes"
    : undefined

function alterationFault(words: readonly string[]): string | undefined {
  const text = words.join(' ')
  const what = `ALTER ${words[1] ?? ''}`
  if (/(?<! ON (DELETE|UPDATE)) CASCADE\b/.test(text))
    return `${what} … CASCADE also drops what users built on it: remove CASCADE`
  if (words[1] === 'DEFAULT') return undefined
  if (/ TRUNCATE (DEFAULT )?PARTITION\b/.test(text))
    return `${what} … TRUNCATE PARTITION empties it at each start: remove it`
  if (losesData.test(text))
    return `${what} … DROP deletes what users store there, at each start: do it by hand, or in a DO block that checks first`
  if (/ (RENAME|EXCHANGE|SPLIT|ATTACH|INHERIT|ADD(?! IF NOT EXISTS)) /.test(text))
    return `${what} fails when it runs again: make the change in a DO block that first checks whether it is needed`
  // ALTER COLUMN … DROP NOT NULL and DROP DEFAULT can run again; a DROP of something named cannot.
  if (/ DROP (?!(COLUMN|CONSTRAINT|ATTRIBUTE)? ?IF EXISTS|NOT NULL|DEFAULT)/.test(text))
    return `${what} … DROP fails if it is already gone: write IF EXISTS`
  return undefined
}

/** Partitions, and columns, for which the keyword COLUMN is optional. */
const losesData =
  /^ALTER TABLE .* DROP (?!CONSTRAINT\b|NOT NULL|DEFAULT(?! PARTITION))|^ALTER TYPE .* DROP ATTRIBUTE\b/

function queryFault(context: Context): string | undefined {
  if (selectedInto(context.statement)?.temporary === false)
    return 'SELECT … INTO creates a table and fails when it runs again: write CREATE TABLE IF NOT EXISTS'
  return changeFault(context)
}

/** EXPLAIN alone changes nothing; with ANALYZE it executes the statement. */
function explainFault({ statement, words, temporary }: Context): string | undefined {
  const analyzes = words.slice(1, 20).some((word) => word === 'ANALYZE' || word === 'ANALYSE')
  const makes = words.some((word) => word === 'CREATE' || word === 'EXECUTE')
  const changes = changesOf(statement).some(({ table }) => !temporary.has(table))
  if (!analyzes || !(makes || changes || selectedInto(statement)?.temporary === false)) return undefined
  return 'EXPLAIN ANALYZE executes the statement, at each start: remove ANALYZE'
}

/** For statements that change rows, also inside WITH. */
function changeFault({ statement, temporary }: Context): string | undefined {
  const change = changesOf(statement).find(({ table, limited }) => !limited && !temporary.has(table))
  if (change === undefined) return undefined
  if (change.command === 'INSERT') return sameRows(change.command)
  return `${change.command} without WHERE affects every row, at each start: restrict the rows`
}

const sameRows = (command: string): string =>
  `${command} adds the same rows at each start: guard it with WHERE NOT EXISTS (…)`
