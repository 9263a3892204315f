/**
 * The log for people, LOG_FORMAT=pretty: one short line an event, without fields that are empty; indented below it, what
 * explains it. stand/readable-log.awk writes the log of a container that has ended in the same form. Pure.
 */
import { styleText } from 'node:util'
import type { Level, LogRecord } from './record.ts'

type Style = Parameters<typeof styleText>[0]

/** Where the explanation begins: below the level. */
const indent = ' '.repeat(13)
/** A longer value gets a line of its own. */
const longestInline = 60

const styles: Readonly<Record<Level, Style>> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

/** What is said, and the fields that it leaves. */
interface Said {
  readonly text: string
  readonly rest: object
  readonly style?: Style
}

/** @param colours for a terminal @returns the text of one record, with the end of its last line */
export function prettyLine(record: LogRecord, colours: boolean): string {
  const paint = (style: Style, text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text
  const { level, time, component, ...event } = record
  const { text, rest, style } = saidBy(event, component)
  const fields = Object.entries(rest).filter(([, value]) => !isEmpty(value))
  const inline = fields.filter(([, value]) => isShort(value)).map(([key, value]) => ` ${key}=${value}`)
  const below = fields.filter(([, value]) => !isShort(value)).flatMap(([key, value]) => explained(key, value))
  const [first = '', ...more] = text.trimEnd().split('\n')
  const head = [
    paint('gray', time.slice(11, 23)),
    paint(styles[level], level.padEnd(5)),
    component.padEnd(10),
    style === undefined ? first : paint(style, first),
  ]
  return `${[head.join(' ') + inline.join(''), ...[...more, ...below].map((line) => indent + line)].join('\n')}\n`
}

type Event = Omit<LogRecord, 'level' | 'time' | 'component'>

function saidBy(event: Event, component: LogRecord['component']): Said {
  if (event.msg === 'repeated' && event.line !== undefined) return repeated(event)
  if (event.content !== undefined || event.at !== undefined) return ofServer(event)
  if (component === 'supervisor') return ofSupervisor(event)
  const { msg, tool, ...rest } = event
  return { text: tool === undefined || tool === component ? msg : `${tool}: ${msg}`, rest }
}

function repeated({ line, count, seconds }: Event): Said {
  return { text: `repeated ${count} times in ${seconds?.toFixed(1)} s: ${line}`, rest: {} }
}

/** The fields that identify the session are in the JSON only. */
function ofServer(event: Event): Said {
  const { msg, role, content, user, database, sqlstate, detail, hint, context, logger, stack } = event
  const server = role === undefined ? '' : content === undefined || content < 0 ? role : `${role} ${content}`
  return {
    text: server === '' ? msg : `${server}: ${msg}`,
    rest: {
      user,
      database,
      sqlstate: sqlstate === '00000' ? '' : sqlstate,
      logger,
      detail,
      hint,
      context,
      stack,
    },
  }
}

function ofSupervisor(event: Event): Said {
  const { msg, ...rest } = event
  // The last line: its text has what the fields say.
  if (rest.exitCode !== undefined) return { text: msg, rest: {} }
  switch (msg) {
    case 'ready':
      return { text: `READY in ${rest.seconds?.toFixed(1)} s`, rest: {}, style: ['bold', 'green'] }
    case 'ready again':
      return { text: 'READY again', rest: {}, style: ['bold', 'green'] }
    case 'component changed':
      return { text: `${rest.part} ${rest.to}${rest.reason ? `: ${rest.reason}` : ''}`, rest: {} }
    case 'phase':
      return { text: `phase ${rest.to}`, rest: {} }
    case 'finding': {
      const { text = '', cause, fix, where } = rest
      return {
        text: `${text} (${rest.id})`,
        rest: { where: text.includes(where ?? '') ? '' : where, cause, fix },
      }
    }
    default: {
      // The record of the previous stop is in `status`, as a sentence.
      const { previous: _, ...others } = rest
      return { text: msg, rest: others }
    }
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** One word; a sentence gets a line of its own. */
const isShort = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value.length <= longestInline && !/\s/.test(value))

/** The lines of a value that needs more than a word. */
function explained(key: string, value: unknown): string[] {
  const lines = (Array.isArray(value) ? value.map(entryText) : [entryText(value)]).flatMap((text) =>
    text.trimEnd().split('\n'),
  )
  return lines.length === 1 ? [`${key}: ${lines[0]}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)]
}

/** A finding by its sentence, any other object by its values. */
function entryText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if ('text' in value) return String(value.text)
  return Object.values(value).map(entryText).filter(Boolean).join(': ')
}
