/**
 * The service log of PXF: a record begins with its time and level, and the lines up to the next one belong to it, such as
 * a stack trace (`FILE_LOG_PATTERN` in conf/pxf-log4j2.xml). Pure.
 */
import type { OutputRecord } from '../logging/csv-log.ts'
import type { Level } from '../logging/record.ts'
import { cutBefore } from './csv-splitter.ts'
import type { Block, Span, Split } from './split.ts'

const newline = 10
/** A record that is longer than this, in bytes, is taken in parts. */
const longestRecord = 1024 * 1024
const headBytes = 80

/** The time, as a rule with the name of its zone, which is `UTC`, `MSK`, or `GMT+04:00` where it has none, and the level. */
const head = String.raw`^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*Z?(?: \S{1,20})??) +(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) `
const begins = new RegExp(head)
/** Then in brackets the session, the process, in brackets the thread, the logger, the message. */
const columns = new RegExp(
  String.raw`${head} *(?:\[([^\]]*)\] +)?(?:(\d+) +--- +)?(?:\[([^\]]*)\] +)?(?:(\S+) +: )?(.*)$`,
  's',
)

const levels: Readonly<Record<string, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
}

const wanted: ReadonlySet<string> = new Set(['WARN', 'ERROR', 'FATAL'])

export const splitJavaLog = (block: Block): Split => split(block, () => true)

/** Warnings and worse. */
export const splitJavaWarnings = (block: Block): Split => split(block, (level) => wanted.has(level))

function split(
  { bytes, isFinal, isFull, isQuiet, isLineStart, open }: Block,
  isWanted: (level: string) => boolean,
): Split {
  const spans: Span[] = []
  let start = isLineStart || open !== undefined ? 0 : bytes.indexOf(newline) + 1 || bytes.length
  let level = isLineStart || start > 0 ? levelAt(bytes, start) : undefined
  /** It is the rest of a record of which parts were taken. */
  let isRest = open !== undefined && level === undefined
  if (isRest) level = open?.severity
  const push = (end: number, continues?: true) => {
    // What stands before the first record of a file belongs to none.
    if (!isWanted(level ?? 'INFO') || end <= start) return
    const severity = continues === true || isRest ? severityOf(level) : undefined
    spans.push({ start, end, ...(continues === undefined ? {} : { continues }), severity })
  }
  let isWhole = false
  for (let at = start; at < bytes.length;) {
    const end = bytes.indexOf(newline, at)
    isWhole = end !== -1
    if (end === -1) break
    at = end + 1
    const next = levelAt(bytes, at)
    if (next !== undefined) {
      push(end)
      level = next
      isRest = false
    } else if (at - start >= longestRecord) {
      push(end, true)
      isRest = true
    } else continue
    start = at
  }
  const more = isRest && level !== undefined ? { open: { quotes: false, severity: level } } : {}
  if (start === bytes.length) return { spans, used: start, ...more }
  if (isFinal || (isQuiet && isWhole)) {
    push(bytes.at(-1) === newline ? bytes.length - 1 : bytes.length)
    return { spans, used: bytes.length }
  }
  if (!isFull || start > 0) return { spans, used: start, ...more }
  const cut = cutBefore(bytes, bytes.length)
  push(cut, true)
  return { spans, used: cut, open: { quotes: false, severity: level } }
}

/** As a server of Greenplum would call it. */
const severityOf = (level: string | undefined): string | undefined =>
  level === 'WARN' ? 'WARNING' : level === 'FATAL' ? 'PANIC' : level

/** The level of the record that begins there, if one does. */
const levelAt = (bytes: Buffer, at: number): string | undefined =>
  bytes[at + 4] === 0x2d && bytes[at + 7] === 0x2d
    ? begins.exec(bytes.toString('latin1', at, Math.min(bytes.length, at + headBytes)))?.[2]
    : undefined

export function parseJavaRecord(text: string): OutputRecord | undefined {
  if (!begins.test(text)) return undefined
  const end = text.indexOf('\n')
  const found = columns.exec(end === -1 ? text : text.slice(0, end))
  if (found === null) return undefined
  const [, at, level = '', session, process, thread, logger, message = ''] = found
  // Columns are padded, and empty lines stand around a stack trace.
  const stack = end === -1 ? undefined : text.slice(end).trim()
  const fields = { at, session: session?.trim(), process, thread: thread?.trim(), logger, stack }
  return {
    component: 'pxf',
    level: levels[level] ?? 'info',
    message,
    fields: Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined && value !== '' && value !== ':'),
    ),
  }
}
