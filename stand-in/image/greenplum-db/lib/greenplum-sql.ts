/**
 * The recorded list: the statements of Greenplum 6 that PostgreSQL cannot parse, and what the stand-in runs instead
 * of each. Written from the grammar of Greenplum 6.24 (gram.y), and tried on the statements of Greenplum's own
 * regression tests (external_table.source, contrib/extprotocol): 471 of the kinds below are taken; left are nine that
 * Greenplum refuses as well, and one with partitions. Where the grammar is stricter, the entry says so. A statement that does not match to its last token is not on the list: it goes to PostgreSQL as
 * it is, which answers with its own syntax error.
 *
 *   CREATE [TRUSTED] PROTOCOL name (readfunc|writefunc|validatorfunc = [schema.]function | 'function', …)
 *   DROP PROTOCOL [IF EXISTS] name, … [CASCADE | RESTRICT]
 *   ALTER PROTOCOL name RENAME TO name
 *   ALTER PROTOCOL name OWNER TO role
 *   GRANT SELECT | INSERT | ALL [PRIVILEGES], … ON PROTOCOL name, … TO role | PUBLIC, … [WITH GRANT OPTION]
 *   REVOKE [GRANT OPTION FOR] … ON PROTOCOL name, … FROM role, … [CASCADE | RESTRICT]
 *   CREATE [READABLE | WRITABLE] EXTERNAL [WEB] [TEMP] TABLE name (column type, … | LIKE table)
 *     LOCATION ('uri', …) [ON …] | EXECUTE 'command' [ON …]   FORMAT 'name' [(options)] [OPTIONS (key 'value', …)]
 *     [ENCODING 'name'] [[LOG ERRORS [PERSISTENTLY]] SEGMENT REJECT LIMIT n [ROWS | PERCENT]] [DISTRIBUTED …]
 *       (no IF NOT EXISTS: Greenplum 6 has none here; a column's type is any text without a constraint)
 *   DROP EXTERNAL [WEB] TABLE [IF EXISTS] name, … [CASCADE | RESTRICT]
 *   CREATE … TABLE … DISTRIBUTED BY (column, …) | RANDOMLY | REPLICATED   (the clause is taken away)
 */
import {
  behaviour,
  createCursor,
  identifier,
  list,
  literal,
  mismatch,
  qualified,
  type Cursor,
  type Value,
} from './sql-cursor.ts'
import { statementsOf, tokensOf } from './sql-tokens.ts'

/** A text of one or more statements, with those of the list replaced. */
export function translateAll(sql: string): string {
  const parts = statementsOf(sql)
  return parts.map(({ text, end }) => translate(text) + (end < sql.length ? ';' : '')).join('')
}

/** The statement that PostgreSQL runs instead; the same one where it is not on the list. */
export function translate(statement: string): string {
  const tokens = tokensOf(statement)
  if (!/^(create|drop|alter|grant|revoke)$/.test(tokens[0]?.text ?? '')) return statement
  for (const rule of rules) {
    const cursor = createCursor(tokens, statement)
    try {
      const instead = rule(cursor)
      cursor.end()
      return instead
    } catch (error) {
      if (error !== mismatch) throw error
    }
  }
  return statement
}

// --- the list -----------------------------------------------------------------------------------------------

/** Procedures of share/greenplum-protocols.sql: a CALL answers no row and may stand in a transaction. */
const call = (procedure: string, ...values: readonly Value[]): string =>
  `CALL pg_catalog.standin_${procedure}(${values.map(literal).join(', ')})`

function createProtocol(cursor: Cursor): string {
  cursor.needs('create')
  const trusted = cursor.takes('trusted')
  cursor.needs('protocol')
  const name = cursor.name()
  cursor.needsSign('(')
  const functions = new Map<string, string>()
  list(cursor, () => {
    const role = cursor.oneOf('readfunc', 'writefunc', 'validatorfunc')
    cursor.needsSign('=')
    functions.set(role, functionName(cursor))
  })
  cursor.needsSign(')')
  const [read, write, validate] = ['readfunc', 'writefunc', 'validatorfunc'].map((role) =>
    functions.get(role),
  )
  return call('create_protocol', name, trusted, read, write, validate)
}

/** A quoted one is a name without a schema, whatever is in it. */
function functionName(cursor: Cursor): string {
  const quoted = cursor.optional(() => cursor.string())
  return quoted === undefined ? qualified(cursor) : identifier(quoted)
}

function dropProtocol(cursor: Cursor): string {
  cursor.needs('drop protocol')
  const ifExists = cursor.takes('if exists')
  return call(
    'drop_protocols',
    list(cursor, () => cursor.name()),
    ifExists,
    behaviour(cursor),
  )
}

function alterProtocol(cursor: Cursor): string {
  cursor.needs('alter protocol')
  const name = cursor.name()
  const procedure =
    cursor.oneOf('rename to', 'owner to') === 'rename to' ? 'rename_protocol' : 'give_protocol'
  return call(procedure, name, cursor.name())
}

function grantOnProtocol(cursor: Cursor): string {
  const isGrant = cursor.oneOf('grant', 'revoke') === 'grant'
  const optionOnly = !isGrant && cursor.takes('grant option for')
  const privileges = cursor.takes('all privileges') || cursor.takes('all') ? [] : list(cursor, privilege)
  function privilege() {
    return cursor.oneOf('select', 'insert')
  }
  cursor.needs('on protocol')
  const names = list(cursor, () => cursor.name())
  cursor.needs(isGrant ? 'to' : 'from')
  const roles = list(cursor, () => (cursor.takes('public') ? 'PUBLIC' : identifier(cursor.name())))
  const option = isGrant ? cursor.takes('with grant option') : behaviour(cursor)
  const what = (privileges.length === 0 ? ['select', 'insert'] : privileges).join(', ')
  const before = isGrant ? `GRANT ${what}` : `REVOKE ${optionOnly ? 'GRANT OPTION FOR ' : ''}${what}`
  const after = isGrant
    ? `TO ${roles.join(', ')}${option ? ' WITH GRANT OPTION' : ''}`
    : `FROM ${roles.join(', ')}${option ? ' CASCADE' : ''}`
  return call('grant_on_protocols', names, before, after)
}

function createExternalTable(cursor: Cursor): string {
  cursor.needs('create')
  const writable = cursor.takes('writable')
  if (!writable) cursor.takes('readable')
  cursor.needs('external')
  const web = cursor.takes('web')
  const temporary = cursor.takes('temporary') || cursor.takes('temp')
  cursor.needs('table')
  const name = qualified(cursor)
  const columns = externalColumns(cursor)
  const source = externalSource(cursor, { web, writable })
  cursor.needs('format')
  const format = cursor.string()
  const options = formatOptions(cursor)
  trailingClauses(cursor, writable)
  return call(
    'create_external_table',
    `${temporary ? 'TEMPORARY ' : ''}TABLE`,
    name,
    columns,
    writable,
    web,
    source.locations,
    source.on,
    source.command,
    format,
    options.formatter,
    options.text,
  )
}

const constraint = /^(not|null|default|primary|unique|check|references|constraint|generated|collate)$/

/** Name and type, or LIKE; PostgreSQL reads the text, but an external table takes no constraint. */
function externalColumns(cursor: Cursor): string {
  cursor.needsSign('(')
  const inside = cursor.insideParentheses()
  const [first] = inside
  if (first === undefined) return ''
  if (inside.some(({ kind, text }) => kind === 'word' && constraint.test(text))) throw mismatch
  return cursor.textOf(first, inside.at(-1))
}

function externalSource(cursor: Cursor, { web, writable }: { web: boolean; writable: boolean }) {
  if (cursor.takes('location')) {
    cursor.needsSign('(')
    const locations = list(cursor, () => cursor.string())
    cursor.needsSign(')')
    return { locations, on: onClause(cursor), command: undefined }
  }
  cursor.needs('execute')
  const command = cursor.string()
  const on = onClause(cursor)
  if (!web || (writable && on !== undefined)) throw mismatch
  return { locations: [], on, command }
}

function onClause(cursor: Cursor): string | undefined {
  if (!cursor.takes('on')) return undefined
  if (cursor.takes('all')) return 'ALL_SEGMENTS'
  if (cursor.takes('master')) return 'MASTER_ONLY'
  if (cursor.takes('segment')) return `SEGMENT_ID:${cursor.integer()}`
  if (!cursor.takes('host')) return `TOTAL_SEGS:${cursor.integer()}`
  const host = cursor.optional(() => cursor.string())
  return host === undefined ? 'PER_HOST' : `HOST:${host}`
}

interface FormatOptions {
  readonly formatter: string | undefined
  /** As Greenplum stores them in pg_exttable, but without the defaults. */
  readonly text: string
}

/** Either a list with commas, `key = value`, or one without, in the words of COPY. */
function formatOptions(cursor: Cursor): FormatOptions {
  if (!cursor.takesSign('(') || cursor.takesSign(')')) return { formatter: undefined, text: '' }
  const written: string[] = []
  while (!cursor.takesSign(')')) {
    const word = cursor.optional(() => copyOption(cursor))
    if (word === undefined) return definitions(cursor)
    written.push(word)
  }
  return { formatter: undefined, text: written.join(' ') }
}

function copyOption(cursor: Cursor): string {
  const withText = ['delimiter', 'null', 'quote', 'escape', 'newline'].find((word) => cursor.takes(word))
  if (withText !== undefined) {
    cursor.takes('as')
    return `${withText} '${cursor.string()}'`
  }
  const flag = ['csv', 'header', 'fill missing fields'].find((words) => cursor.takes(words))
  if (flag !== undefined) return flag
  const force = cursor.oneOf('force not null', 'force quote')
  if (force === 'force quote' && cursor.takesSign('*')) return 'force quote *'
  return `${force} ${list(cursor, () => identifier(cursor.name())).join(',')}`
}

function definitions(cursor: Cursor): FormatOptions {
  const given = list(cursor, () => {
    const key = cursor.label()
    cursor.needsSign('=')
    const value =
      cursor.optional(() => cursor.string()) ?? cursor.optional(() => cursor.integer()) ?? cursor.label()
    return { key, value }
  })
  cursor.needsSign(')')
  const formatters = given.filter(({ key }) => key === 'formatter')
  if (formatters.length > 1) throw mismatch
  return {
    formatter: formatters[0]?.value,
    text: given.map(({ key, value }) => `${key.replaceAll(' ', '<gpx20>')} '${value}' `).join(''),
  }
}

function trailingClauses(cursor: Cursor, writable: boolean): void {
  if (cursor.takes('options')) {
    cursor.needsSign('(')
    if (!cursor.takesSign(')')) {
      list(cursor, () => [cursor.label(), cursor.string()])
      cursor.needsSign(')')
    }
  }
  if (cursor.takes('encoding')) {
    cursor.takesSign('=')
    if (cursor.optional(() => cursor.string()) === undefined) cursor.integer()
  }
  const logs = cursor.takes('log errors')
  if (logs) cursor.takes('persistently')
  if (cursor.takes('segment reject limit')) {
    if (writable) throw mismatch
    cursor.integer()
    if (!cursor.takes('rows')) cursor.takes('percent')
  } else if (logs) throw mismatch
  distribution(cursor)
}

/** Answers whether there is one. */
function distribution(cursor: Cursor): boolean {
  if (cursor.takes('distributed randomly') || cursor.takes('distributed replicated')) return true
  if (!cursor.takes('distributed by')) return false
  cursor.needsSign('(')
  list(cursor, () => cursor.name())
  cursor.needsSign(')')
  return true
}

function dropExternalTable(cursor: Cursor): string {
  cursor.needs('drop external')
  cursor.takes('web')
  cursor.needs('table')
  const ifExists = cursor.takes('if exists')
  return call(
    'drop_external_tables',
    list(cursor, () => qualified(cursor)),
    ifExists,
    behaviour(cursor),
  )
}

function createDistributedTable(cursor: Cursor): string {
  cursor.needs('create')
  for (const word of ['global', 'local', 'temporary', 'temp', 'unlogged']) cursor.takes(word)
  cursor.needs('table')
  cursor.skipTo('distributed')
  const statement = cursor.upToHere()
  if (!distribution(cursor)) throw mismatch
  return statement
}

const rules = [
  createProtocol,
  dropProtocol,
  alterProtocol,
  grantOnProtocol,
  createExternalTable,
  dropExternalTable,
  createDistributedTable,
]
