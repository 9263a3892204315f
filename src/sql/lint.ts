/**
 * Whether a file may run at each start: twice must be as good as once, and nothing of the users' may be lost. Pure.
 * It reads the first words of each statement, after the grammar of Greenplum 6, and knows nothing of the database:
 * what it takes for a mistake may be meant, and then the statement is marked. DO blocks are opaque and accepted.
 */
import { isMarked, markLine } from './directives.ts'
import { creationOf, keyOf, nameAt, removalOf, type Creation, type Removal } from './objects.ts'
import { wordsOf, type Fault, type Statement } from './statements.ts'

interface Context {
  readonly statement: Statement
  readonly words: readonly string[]
  /** What earlier statements of the file removed, if it was there. */
  readonly dropped: ReadonlySet<string>
  /** Tables that end with the session: what happens in them is nobody's concern. */
  readonly temporary: ReadonlySet<string>
}

export function lintStatements(statements: readonly Statement[]): Fault[] {
  const dropped = new Set<string>()
  const temporary = new Set<string>()
  return statements.flatMap((statement) => {
    const context = { statement, words: wordsOf(statement), dropped, temporary }
    const fault = neverAllowed(context) ?? (isMarked(statement) ? undefined : unlessMarked(context))
    for (const object of removalOf(statement)?.objects ?? []) dropped.add(keyOf(object))
    const creation = creationOf(statement)
    if (creation?.temporary === true) temporary.add(creation.name.join('.'))
    return fault === undefined ? [] : [{ line: statement.line, text: fault }]
  })
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

function ruleFor(context: Context): string | undefined {
  const { statement, words } = context
  switch (words[0] ?? '') {
    case 'CREATE': {
      const creation = creationOf(statement)
      return creation === undefined ? undefined : creationFault(creation, context)
    }
    case 'DROP': {
      const removal = removalOf(statement)
      return removal === undefined ? undefined : removalFault(removal, words)
    }
    case 'ALTER':
      return alterationFault(words)
    case 'TRUNCATE':
      return 'TRUNCATE empties a table at each start: leave it out'
    case 'COPY':
      return words.includes('FROM') ? rowsFault(context, 1) : undefined
    case 'SELECT':
    case 'WITH':
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
      return queryFault(context)
    default:
      return undefined
  }
}

function creationFault(creation: Creation, { dropped, words }: Context): string | undefined {
  const { kind, name, orReplace, ifNotExists, temporary } = creation
  if (orReplace || ifNotExists || temporary || dropped.has(keyOf(creation))) return undefined
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

function alterationFault(words: readonly string[]): string | undefined {
  if (words[1] === 'DEFAULT') return undefined
  const text = words.join(' ')
  if (/ (RENAME|EXCHANGE|SPLIT|ATTACH|INHERIT|ADD(?! IF NOT EXISTS)) /.test(text))
    return `ALTER ${words[1] ?? ''} fails when it runs again: make the change in a DO block that looks first whether it is needed`
  // ALTER COLUMN … DROP NOT NULL and DROP DEFAULT may run again; what names something may not.
  if (
    / DROP (?!(COLUMN|CONSTRAINT|ATTRIBUTE|(DEFAULT )?PARTITION)? ?IF EXISTS|NOT NULL|DEFAULT(?! PARTITION))/.test(
      text,
    )
  )
    return `ALTER ${words[1] ?? ''} … DROP fails where it is gone already: write IF EXISTS`
  return undefined
}

/** Queries, also those that change something inside WITH. */
function queryFault(context: Context): string | undefined {
  const { words } = context
  const insert = words.indexOf('INSERT')
  if (insert >= 0) return rowsFault(context, insert + 2)
  if (words[0] === 'SELECT' && words.includes('INTO'))
    return 'SELECT … INTO makes a table and fails when it runs again: write CREATE TABLE IF NOT EXISTS'
  const change = words.find((word, at) => ['UPDATE', 'DELETE'].includes(word) && words[at - 1] !== 'FOR')
  if (change === undefined || words.includes('WHERE')) return undefined
  const from = words.indexOf(change)
  if (isTemporary(context, change === 'DELETE' ? from + 2 : from + 1)) return undefined
  return `${change} without WHERE is about every row, at each start: say which rows`
}

const guard = /\b(WHERE .*\bNOT (EXISTS|IN)\b|EXCEPT|ON CONFLICT)\b/

/** @param at where the name of the table stands */
function rowsFault(context: Context, at: number): string | undefined {
  if (guard.test(context.words.join(' ')) || isTemporary(context, at)) return undefined
  return `${context.words[0]} adds the same rows at each start: guard it with WHERE NOT EXISTS (…)`
}

const isTemporary = ({ statement, temporary }: Context, at: number): boolean =>
  temporary.has(nameAt(statement, at).parts.join('.'))
