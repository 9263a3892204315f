/**
 * Structured logs: one JSON object per line with `time`, `level`, `component`, `msg` and fields, or human-readable lines
 * with LOG_FORMAT=pretty. Secrets are masked in all values.
 */
import pino from 'pino'
import type { Config } from '../config/config.ts'
import { printable } from '../printable.ts'
import type { Mask } from './mask.ts'
import { prettyLine } from './pretty.ts'
import type { Component, Fields, Level, LogRecord } from './record.ts'
import { isRoutine } from './routine.ts'
import type { LogSink } from './sink.ts'
import { isWarning, type Warnings } from './warnings.ts'

type Write = (message: string, fields?: Fields) => void

export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** Logs a line of another program, at that line's level. */
  readonly relay: (level: Level, message: string, fields?: Values) => void
}

type Values = Readonly<Record<string, unknown>>

/** `about` are fields of every line. */
export type Loggers = (component: Component, about?: Values) => Logger

type Output = Pick<LogSink, 'write' | 'isTerminal'>

/** The time to the millisecond, made once in each. */
function clock(): () => string {
  let [at, text] = [0, '']
  return () => {
    const now = Date.now()
    if (now !== at) [at, text] = [now, new Date(now).toISOString()]
    return text
  }
}

/**
 * The program's own lines are pino's. A line of another program, of which there may be tens of thousands a second, is
 * made by one call of `JSON.stringify`, which is native code: the image runs Node without its optimising compilers
 * (docs/decisions/0001), where a library that escapes text itself takes several times as long. Its values are masked one
 * by one only if the line has anything that may have to be masked.
 */
export function createLoggers(
  config: Config,
  sink: Output,
  mask: Mask,
  remember: Warnings['remember'] = () => {},
): Loggers {
  const isPretty = config.log.format === 'pretty'
  // JSON already escapes control characters.
  const clean = isPretty ? (text: string) => printable(mask(text)) : mask
  const now = clock()
  const write = isPretty ? prettyWriter(config, sink) : sink.write
  const root = pino(
    {
      level: config.log.level,
      base: null,
      timestamp: () => `,"time":"${now()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  const relayed = (record: Entry): void => {
    const line = JSON.stringify(record)
    const hides = isPretty || mask.mayChange(line)
    const hidden = hides ? masked(record, clean) : record
    write(`${hides ? JSON.stringify(hidden) : line}\n`)
    keep(hidden)
  }
  const keep = (entry: Entry): void => {
    const { level, component, msg: message } = entry
    if (isWarning(level)) remember({ at: now(), level, component, message, ...whyOf(entry) })
  }
  return (component, about = {}) => {
    const child = root.child({ component, ...masked(about, clean) })
    const at =
      (level: Level): Write =>
      (message, fields = {}) => {
        if (!child.isLevelEnabled(level)) return
        const [hidden, msg] = [masked(fields, clean), clean(message)]
        child[level](hidden, msg)
        keep({ ...hidden, level, component, msg })
      }
    const relay: Logger['relay'] = (level, message, fields) => {
      if (child.isLevelEnabled(level))
        relayed({ level, time: now(), component, ...about, ...fields, msg: message })
    }
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), relay }
  }
}

interface Entry extends Values {
  readonly level: Level
  readonly component: Component
  readonly msg: string
}

/** A finding says it in its text. */
function whyOf({ reason, text }: Values): { readonly reason?: string } {
  const why = reason ?? text
  return typeof why === 'string' && why !== '' ? { reason: why } : {}
}

/** Masks values only: a secret that equals a key must not change the structure of the line. */
function masked<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T
  if (Array.isArray(value)) return value.map((entry: unknown) => masked(entry, mask)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, masked(entry, mask)])) as T
}

/** With a level of details, routine is shown as well. */
function prettyWriter({ log }: Config, sink: Output): (line: string) => void {
  const isDetailed = log.level === 'debug' || log.level === 'trace'
  const colours = log.colours && sink.isTerminal
  return (line) => {
    const record = JSON.parse(line) as LogRecord
    if (isDetailed || !isRoutine(record)) sink.write(prettyLine(record, colours))
  }
}
