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

export type Loggers = (component: Component) => Logger

export async function createLoggers(config: Config, sink: LogSink, mask: Mask): Promise<Loggers> {
  const isPretty = config.log.format === 'pretty'
  // JSON already escapes control characters.
  const clean: Mask = isPretty ? (text) => printable(mask(text)) : mask
  const format = isPretty ? await prettyFormat() : (line: string) => line
  const root = pino(
    {
      level: config.log.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => sink.write(format(line)) },
  )
  return (component) => {
    const child = root.child({ component })
    const write = (level: Level, message: string, fields: Fields = {}) =>
      child[level](masked(fields, clean), clean(message))
    const at =
      (level: Level): Write =>
      (message, fields) =>
        write(level, message, fields)
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), relay: write }
  }
}

/** Masks values only: a secret that equals a key must not change the structure of the line. */
function masked<T>(value: T, mask: Mask): T {
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
