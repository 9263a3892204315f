/**
 * Structured logs: one JSON object per line with `time`, `level`, `component`, `msg` and fields, or human-readable lines
 * with LOG_FORMAT=pretty. Secrets are masked in all values.
 */
import pino from 'pino'
import type { Config } from '../config/config.ts'
import { printable } from '../printable.ts'
import type { Mask } from './mask.ts'
import type { LogSink } from './sink.ts'

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
export type Component = 'supervisor' | 'gpdb' | 'gp-tool' | 'pxf'
type Fields = Readonly<Record<string, unknown>>
type Write = (message: string, fields?: Fields) => void

export interface Logger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  /** Logs a line of another program, at that line's level. */
  readonly relay: (level: Level, message: string, fields?: Fields) => void
}

/** `about` are fields of every line. */
export type Loggers = (component: Component, about?: Fields) => Logger

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
export async function createLoggers(config: Config, sink: LogSink, mask: Mask): Promise<Loggers> {
  const isPretty = config.log.format === 'pretty'
  // JSON already escapes control characters.
  const clean = isPretty ? (text: string) => printable(mask(text)) : mask
  const format = isPretty ? await prettyFormat() : (line: string) => line
  const now = clock()
  const write = (line: string): void => sink.write(format(line))
  const root = pino(
    {
      level: config.log.level,
      base: null,
      timestamp: () => `,"time":"${now()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  const lineOf = (record: Fields): string => {
    const line = JSON.stringify(record)
    return isPretty || mask.mayChange(line) ? JSON.stringify(masked(record, clean)) : line
  }
  return (component, about = {}) => {
    const child = root.child({ component, ...masked(about, clean) })
    const at =
      (level: Level): Write =>
      (message, fields = {}) =>
        child[level](masked(fields, clean), clean(message))
    const relay: Logger['relay'] = (level, message, fields) => {
      if (child.isLevelEnabled(level))
        write(`${lineOf({ level, time: now(), component, ...about, ...fields, msg: message })}\n`)
    }
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), relay }
  }
}

/** Masks values only: a secret that equals a key must not change the structure of the line. */
function masked<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T
  if (Array.isArray(value)) return value.map((entry: unknown) => masked(entry, mask)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, masked(entry, mask)])) as T
}

async function prettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  return prettyFactory({
    colorize: true,
    ignore: 'component',
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{component} · {msg}',
  })
}
