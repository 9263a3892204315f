/**
 * Parses records of a server's csv log. They may span lines; each becomes one object. The 30 columns are documented with
 * `gp_toolkit` in the Greenplum 6 documentation. Which records of a file are wanted is decided in `server-logs`.
 */
import type { Component, Level } from './logger.ts'
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

/** Where the columns of a record are, by index. */
interface Columns {
  readonly count: number
  readonly severity: number
  readonly sqlstate: number
  readonly message: number
  /** The statement, which is not logged again. */
  readonly query: number
  /** The columns that become fields. */
  readonly fields: Readonly<Record<string, number>>
}

const greenplum: Columns = {
  count: 30,
  severity: 16,
  sqlstate: 17,
  message: 18,
  query: 24,
  fields: {
    user: 1,
    database: 2,
    process: 3,
    host: 5,
    session: 9,
    command: 10,
    segment: 11,
    sqlstate: 17,
    detail: 19,
    hint: 20,
    context: 23,
  },
}

/** PostgreSQL 14 and later ("Using CSV-Format Log Output" in its manual): what the servers of the stand-in write. */
const postgresql: Columns = {
  count: 26,
  severity: 11,
  sqlstate: 12,
  message: 13,
  query: 19,
  fields: {
    user: 1,
    database: 2,
    process: 3,
    host: 4,
    session: 5,
    sqlstate: 12,
    detail: 14,
    hint: 15,
    context: 18,
  },
}

const columnsOf = (count: number): Columns | undefined =>
  [greenplum, postgresql].find((columns) => columns.count === count)

const csvLevels: Readonly<Record<string, Level>> = {
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'fatal',
}

/** FATAL for a client that connects too early, but normal during every start. */
const cannotConnectNow = '57P03'

/** A record of the csv log as fields, or undefined if it is none. */
export function parseCsvRecord(text: string): OutputRecord | undefined {
  if (!csvStart.test(text)) return undefined
  const values = splitCsv(text)
  const columns = columnsOf(values?.length ?? 0)
  if (values === undefined || columns === undefined) return undefined
  const clean = aboutPassword(values, columns) ? withoutValues : (value: string) => value
  const severity = values[columns.severity] ?? ''
  const fields: Record<string, string | undefined> = { at: values[0], severity }
  for (const name in columns.fields) {
    const value = values[columns.fields[name] ?? 0] ?? ''
    if (value !== '') fields[name] = clean(value)
  }
  return {
    component: 'gpdb',
    level: levelOf(severity, values[columns.sqlstate]),
    message: clean(values[columns.message] ?? ''),
    fields,
  }
}

export const levelOf = (severity: string, sqlstate?: string): Level =>
  sqlstate === cannotConnectNow
    ? 'info'
    : (csvLevels[severity] ?? (severity.startsWith('DEBUG') ? 'debug' : 'info'))

const aboutPassword = (values: readonly string[], { message, fields, query }: Columns): boolean =>
  [message, fields['detail'] ?? 0, fields['context'] ?? 0, query].some((index) =>
    mentionsPassword(values[index] ?? ''),
  )

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
  const last = pieces.length - 1
  if (last % 2 === 1) return undefined
  const columns = (pieces[0] ?? '').split(',')
  for (let at = 1; at < last; at += 2) {
    if (columns.at(-1) !== '') return undefined
    let value = pieces[at] ?? ''
    while (pieces[at + 1] === '' && at + 1 < last) {
      at += 2
      value += `"${pieces[at]}`
    }
    columns[columns.length - 1] = value
    const between = (pieces[at + 1] ?? '').split(',')
    if (between[0] !== '') return undefined
    for (let next = 1; next < between.length; next++) columns.push(between[next] ?? '')
  }
  return columns
}
