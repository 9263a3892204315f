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

/** The columns that are used, by index. */
interface Columns {
  readonly user: number
  readonly database: number
  readonly process: number
  readonly host: number
  readonly session: number
  readonly command: number
  readonly segment: number
  readonly severity: number
  readonly sqlstate: number
  readonly message: number
  readonly detail: number
  readonly hint: number
  readonly context: number
  /** The statement, which is not logged again. */
  readonly query: number
}

const user = 1
const database = 2
const process = 3

const greenplum: Columns = {
  user,
  database,
  process,
  host: 5,
  session: 9,
  command: 10,
  segment: 11,
  severity: 16,
  sqlstate: 17,
  message: 18,
  detail: 19,
  hint: 20,
  context: 23,
  query: 24,
}

/** A column that a record does not have. */
const none = -1

/** PostgreSQL 14 and later ("Using CSV-Format Log Output" in its manual): what the servers of the stand-in write. */
const postgresql: Columns = {
  user,
  database,
  process,
  host: 4,
  session: 5,
  command: none,
  segment: none,
  severity: 11,
  sqlstate: 12,
  message: 13,
  detail: 14,
  hint: 15,
  context: 18,
  query: 19,
}

/** By the number of columns in a record. */
const layouts: Readonly<Record<number, Columns>> = { 30: greenplum, 26: postgresql }

const csvLevels: Readonly<Record<string, Level>> = {
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'fatal',
}

/** FATAL for a client that connects too early, but normal during every start. */
const cannotConnectNow = '57P03'

/** A record of the csv log as fields, or undefined if it is none. A field without a value is undefined. */
export function parseCsvRecord(text: string): OutputRecord | undefined {
  if (!csvStart.test(text)) return undefined
  const values = splitCsv(text)
  const columns = layouts[values?.length ?? 0]
  if (values === undefined || columns === undefined) return undefined
  const severity = values[columns.severity] ?? ''
  const record: OutputRecord = {
    component: 'gpdb',
    level: levelOf(severity, values[columns.sqlstate]),
    message: values[columns.message] ?? '',
    fields: {
      at: values[0],
      severity,
      user: values[columns.user] || undefined,
      database: values[columns.database] || undefined,
      process: values[columns.process] || undefined,
      host: values[columns.host] || undefined,
      session: values[columns.session] || undefined,
      command: values[columns.command] || undefined,
      segment: values[columns.segment] || undefined,
      sqlstate: values[columns.sqlstate] || undefined,
      detail: values[columns.detail] || undefined,
      hint: values[columns.hint] || undefined,
      context: values[columns.context] || undefined,
    },
  }
  // The whole text first: almost no record has such a word at all.
  return mentionsPassword(text) && aboutPassword(values, columns) ? withoutAllValues(record) : record
}

export const levelOf = (severity: string, sqlstate?: string): Level =>
  sqlstate === cannotConnectNow
    ? 'info'
    : (csvLevels[severity] ?? (severity.startsWith('DEBUG') ? 'debug' : 'info'))

const aboutPassword = (values: readonly string[], { message, detail, context, query }: Columns): boolean =>
  [message, detail, context, query].some((index) => mentionsPassword(values[index] ?? ''))

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

/**
 * The columns, or undefined if the quotes do not fit. Split at the quotes, so that native code does the search: the image
 * runs Node without its compilers (docs/decisions/0001), and a regular expression per column takes three times as long.
 */
function splitCsv(text: string): string[] | undefined {
  // Outside of quotes at even indexes, inside at odd ones; a doubled quote leaves an empty piece outside.
  const pieces = text.split('"')
  const end = pieces.length - 1
  if (end % 2 === 1) return undefined
  const columns = (pieces[0] ?? '').split(',')
  let last = columns.length - 1
  for (let at = 1; at < end; at += 2) {
    if (columns[last] !== '') return undefined
    let value = pieces[at] ?? ''
    let between = pieces[at + 1] ?? ''
    while (between === '' && at + 1 < end) {
      at += 2
      value += `"${pieces[at]}`
      between = pieces[at + 1] ?? ''
    }
    columns[last] = value
    if (between === ',') columns[++last] = ''
    else {
      const more = between.split(',')
      if (more[0] !== '') return undefined
      for (let next = 1; next < more.length; next++) columns[++last] = more[next] ?? ''
    }
  }
  return columns
}
