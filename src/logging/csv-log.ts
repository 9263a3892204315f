/**
 * Parses records of a server's csv log. They may span lines; each becomes one object. The 30 columns are documented with
 * `gp_toolkit` in the Greenplum 6 documentation. Which records of a file are wanted is decided in `server-logs`.
 */
import type { Component, Level } from './record.ts'
import { mentionsPassword } from './written-secrets.ts'

/** One message of another program, as it is logged here. */
export interface OutputRecord {
  readonly component: Component
  readonly level: Level
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A record of the csv log starts with its time; user and database come quoted or empty. */
const csvStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [A-Z0-9:+-]+,("|,)/

/** Whether a line, or a joined record, belongs to the csv log. What it says may be quoted from a statement. */
export const isCsvRecord = (text: string): boolean => csvStart.test(text)

/** An unfinished record longer than this, in characters, is passed on as text. */
const longestCsvRecord = 1024 * 1024

/**
 * Joins the lines of a csv record, whose quoted fields span lines. Everything else passes straight through.
 * One assembler per pipe.
 */
export function csvAssembler(): { push: (line: string) => string[]; end: () => string[] } {
  let open: { text: string; quotesOpen: boolean } | undefined
  const take = (): string[] => {
    const whole = open === undefined ? [] : [open.text]
    open = undefined
    return whole
  }
  const start = (line: string): string[] => {
    if (!csvStart.test(line) || !hasOddQuotes(line)) return [line]
    open = { text: line, quotesOpen: true }
    return []
  }
  return {
    push(line) {
      if (open === undefined) return start(line)
      // A new record inside an open one: the old one was truncated (log rotation, a killed writer).
      if (csvStart.test(line)) return [...take(), ...start(line)]
      open.text += `\n${line}`
      if (hasOddQuotes(line)) open.quotesOpen = !open.quotesOpen
      return open.quotesOpen && open.text.length <= longestCsvRecord ? [] : take()
    },
    end: take,
  }
}

function hasOddQuotes(text: string): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

/** The columns of a record behind its time, a letter each. */
const columnKinds: Readonly<Record<string, string>> = {
  /** In quotes, or empty. */
  q: `,(?:"([^"]*(?:""[^"]*)*)")?`,
  /** Never in quotes. */
  w: ',([^",]*)',
  /** Not used. */
  '.': ',(?:"[^"]*(?:""[^"]*)*"|[^",]*)',
  /** Used, but records of this layout have none. */
  '-': '()',
}

/** Takes a record apart by one search, in native code: the image runs Node without its optimising compilers. */
const recordOf = (kinds: string): RegExp =>
  new RegExp(`^(\\d{4}-[^",]*)${kinds.replaceAll(/./g, (kind) => columnKinds[kind] ?? '')}$`)

/** User, database, process, host, session, command, segment, severity, SQLSTATE, message, detail, hint, context. */
const greenplum = recordOf('qqw.q...www....qqqqq..q......')

/** PostgreSQL 14 and later ("Using CSV-Format Log Output" in its manual): what the servers of the stand-in write. */
const postgresql = recordOf('qqwqw--.....wwqqq..q.......')

const csvLevels: Readonly<Record<string, Level>> = {
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'fatal',
}

/** FATAL for a client that connects too early, but normal during every start. */
const cannotConnectNow = '57P03'

/** A record of the csv log as fields, or undefined if it is none. A field without a value is undefined. */
export function parseCsvRecord(record: string): OutputRecord | undefined {
  const found = greenplum.exec(record) ?? postgresql.exec(record)
  if (found === null) return undefined
  const [, at, user, database, process, host, session, command, segment, severity = '', sqlstate] = found
  const [message = '', detail, hint, context] = found.slice(11)
  const parsed: OutputRecord = {
    component: 'gpdb',
    level: levelOf(severity, sqlstate),
    message: unquoted(message) ?? '',
    fields: {
      at,
      severity,
      user: unquoted(user),
      database: unquoted(database),
      process: process || undefined,
      host: host || undefined,
      session: session || undefined,
      command: command || undefined,
      segment: segment || undefined,
      sqlstate: sqlstate || undefined,
      detail: unquoted(detail),
      hint: unquoted(hint),
      context: unquoted(context),
    },
  }
  // The whole text, because the statement may be in a column that is not used, such as that of a function's query.
  return mentionsPassword(record) ? withoutAllValues(parsed) : parsed
}

const unquoted = (value: string | undefined): string | undefined =>
  value === undefined || value === '' ? undefined : value.replaceAll('""', '"')

export const levelOf = (severity: string, sqlstate?: string): Level =>
  sqlstate === cannotConnectNow
    ? 'info'
    : (csvLevels[severity] ?? (severity.startsWith('DEBUG') ? 'debug' : 'info'))

const withoutAllValues = (record: OutputRecord): OutputRecord => ({
  ...record,
  message: withoutValues(record.message),
  fields: Object.fromEntries(
    Object.entries(record.fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? withoutValues(value) : value,
    ]),
  ),
})

/**
 * Masks values outside a statement about a password: bound parameters, and the word at which the parser stopped, which is
 * the password itself if it was written without quotes.
 */
const withoutValues = (text: string): string =>
  text.replace(/(\bparameters: ).*/is, '$1***').replace(/(\bat or near ").*"/s, '$1***"')
