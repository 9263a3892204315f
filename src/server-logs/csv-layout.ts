/**
 * The beginning of a csv record, up to its message. Where a record begins can be told on the spot, without having read
 * the file from its start: behind a line end come a time and the columns up to the severity, which Greenplum writes in
 * quotes. Text inside a quoted column cannot look like that, whatever a user logs, because its quotes are doubled. Pure.
 */

export interface Layout {
  readonly name: 'greenplum' | 'postgresql'
  /** Up to the start of the message, with the user and the severity, as an anchored pattern. */
  readonly header: RegExp
  /** What the wanted records have and few others: where one is found, the header decides. */
  readonly needles: readonly Buffer[]
  /** Whether it is the one that the processes of the server have. */
  readonly isServerNeedle: (needle: number) => boolean
}

const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [A-Za-z0-9:+-]+`
const column = String.raw`(?:"(?:[^"]|"")*"|[^",\n]*)`
const severities = ['WARNING', 'ERROR', 'FATAL', 'PANIC'] as const

/** Of the 30 columns the severity is number 16, counted from 0. A process of the server has neither user nor database. */
const greenplum: Layout = {
  name: 'greenplum',
  header: new RegExp(`^${time},(${column}),${column}(?:,${column}){13},"([A-Z0-9]+)","?[0-9A-Z]{5}"?,"?`),
  needles: [...severities.map((severity) => Buffer.from(`,"${severity}","`)), Buffer.from(',,,p')],
  isServerNeedle: (needle) => needle === severities.length,
}

/**
 * PostgreSQL itself, which the stand-in runs. It writes the severity without quotes, so a user of the server could imitate
 * a record in a statement. No base image does this.
 */
const postgresql: Layout = {
  name: 'postgresql',
  header: new RegExp(`^${time},(${column}),${column}(?:,${column}){8},([A-Z0-9]+),[0-9A-Z]{5},"?`),
  needles: [...severities, 'LOG'].map((severity) => Buffer.from(`,${severity},`)),
  isServerNeedle: () => false,
}

/** In bytes. User, database, host and the rest are short; this is several times what they can take. */
export const longestHeader = 2048

const ofGreenplum = new RegExp(`^${time},${column},${column},p\\d+,th`)
const ofPostgresql = new RegExp(`^${time},${column},${column},\\d*,`)

/** The layout of a file, from its first bytes. In doubt that of Greenplum. */
export function layoutOf(head: Buffer): Layout {
  const text = head.toString('latin1')
  return !ofGreenplum.test(text) && ofPostgresql.test(text) ? postgresql : greenplum
}

export interface Header {
  readonly severity: string
  /** Neither a session nor its user: a process of the server itself. */
  readonly isOfServer: boolean
  /** The beginning of the message. */
  readonly message: string
}

/** Enough of a message to recognise it. */
const messageBytes = 100
/** A header of usual length, with the beginning of the message. */
const usualHeader = 400

/** The header of the record that begins at `at`, or undefined if none begins there, or not all of it is in `bytes`. */
export function headerAt(bytes: Buffer, at: number, layout: Layout): Header | undefined {
  if (!maybeTime(bytes, at)) return undefined
  return headerIn(bytes, at, layout, usualHeader) ?? headerIn(bytes, at, layout, longestHeader)
}

function headerIn(bytes: Buffer, at: number, layout: Layout, length: number): Header | undefined {
  const text = bytes.toString('latin1', at, Math.min(bytes.length, at + length))
  const found = layout.header.exec(text)
  // Its end may be behind these bytes.
  if (found === null) return undefined
  const [all, user, severity = ''] = found
  return {
    severity,
    isOfServer: user === '',
    message: text.slice(all.length, all.length + messageBytes),
  }
}

/** A quick test that almost every other line fails: `2026-11-27 07…`. */
export const maybeTime = (bytes: Buffer, at: number): boolean =>
  bytes[at + 4] === 0x2d && bytes[at + 7] === 0x2d && bytes[at + 10] === 0x20
