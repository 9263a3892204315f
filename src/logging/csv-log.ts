/**
 * Parses the coordinator's csv log, which the start script tails into its own output. Its records may span lines; each
 * becomes one object. The 30 columns are documented with `gp_toolkit` in the Greenplum 6 documentation.
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

/** The columns that become fields, by index. */
const csvFields = {
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
} as const
const csvMessage = 18
const csvColumns = 30
/** The statement, which is not logged again. */
const queryColumn = 24

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
  const columns = splitCsv(text)
  if (columns.length !== csvColumns) return undefined
  const severity = columns[16] ?? ''
  const fields = Object.entries(csvFields)
    .map(([name, index]) => [name, columns[index] ?? ''] as const)
    .filter(([, value]) => value !== '')
  const clean = aboutPassword(columns) ? withoutValues : (value: string) => value
  return {
    component: 'gpdb',
    level:
      columns[17] === cannotConnectNow
        ? 'info'
        : (csvLevels[severity] ?? (severity.startsWith('DEBUG') ? 'debug' : 'info')),
    message: clean(columns[csvMessage] ?? ''),
    fields: {
      at: columns[0],
      severity,
      ...Object.fromEntries(fields.map(([name, value]) => [name, clean(value)])),
    },
  }
}

const aboutPassword = (columns: readonly string[]): boolean =>
  [csvMessage, csvFields.detail, csvFields.context, queryColumn].some((index) =>
    mentionsPassword(columns[index] ?? ''),
  )

/**
 * Masks values outside a statement about a password: bound parameters, and the word at which the parser stopped, which is
 * the password itself if it was written without quotes.
 */
const withoutValues = (text: string): string =>
  text.replace(/(\bparameters: ).*/is, '$1***').replace(/(\bat or near ").*"/s, '$1***"')

function splitCsv(text: string): string[] {
  const columns: string[] = []
  const column = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy
  for (let found = column.exec(text); found !== null; found = column.exec(text)) {
    columns.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === '') break
  }
  return columns
}
