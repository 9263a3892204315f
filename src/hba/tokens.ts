/**
 * Splits `pg_hba.conf` into logical lines, fields and tokens exactly as PostgreSQL does (src/backend/libpq/hba.c, which
 * is the same from Greenplum 6 to PostgreSQL 18 except for line continuations).
 */

export interface Token {
  readonly text: string
  /** Quoted from its first character: such a word is never a keyword. */
  readonly quoted: boolean
  /** Offsets in its line, including the quotes. */
  readonly start: number
  readonly end: number
}

/** The alternatives of one column; `a,b` and `a, b` are one field of two. */
export type Field = readonly Token[]

export interface LogicalLine {
  readonly start: number
  /** After the line's terminator. */
  readonly end: number
  /** `\n`, `\r\n`, or nothing at the end of the file. */
  readonly terminator: string
  /** Several lines of the file, joined by backslashes. */
  readonly continued: boolean
  /** The file ends in the middle of the line: appended text would become part of it. */
  readonly open: boolean
  /**
   * The fields; for a continued line also those of each of its parts, because servers older than PostgreSQL 14
   * (Greenplum 6 and 7) do not support continuations.
   */
  readonly readings: readonly (readonly Field[])[]
}

export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = []
  let parts: string[] = []
  let start = 0
  let joined: string[] = []
  let fresh = 0
  for (const { 0: raw, index } of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    const end = index + raw.length
    parts.push(raw)
    joined.push(beforeNul(raw))
    // The server reads C strings: after a NUL it sees neither text nor line end, and continues with the next line.
    const cut = raw.includes('\0')
    const backslash = (!cut || end === text.length) && endsInBackslash(joined, fresh)
    if (backslash) fresh = joined.length
    const open = cut || backslash
    if (open && end < text.length) continue
    lines.push({
      start,
      end,
      terminator: /\r?\n$/.exec(raw)?.[0] ?? '',
      continued: parts.length > 1,
      open,
      readings: [joined.join(''), ...(parts.length > 1 ? parts.map(alone) : [])].map(fieldsOf),
    })
    ;[parts, start, joined, fresh] = [[], end, [], 0]
  }
  return lines
}

/**
 * Whether the text so far continues on the next line; removes its line end and the backslash. A backslash that has
 * already joined two lines does not count again if the next line is empty: only pieces from `fresh` on count.
 */
function endsInBackslash(joined: string[], fresh: number): boolean {
  let last = stripped(joined.pop() ?? '')
  while (last === '' && joined.length > 0) last = stripped(joined.pop() ?? '')
  const backslash = joined.length >= fresh && last.endsWith('\\')
  joined.push(backslash ? last.slice(0, -1) : last)
  return backslash
}

const alone = (part: string) => stripped(beforeNul(part))

const beforeNul = (line: string) => line.split('\0', 1)[0] ?? ''

function stripped(line: string): string {
  let end = line.length
  while (line[end - 1] === '\n' || line[end - 1] === '\r') end--
  return line.slice(0, end)
}

/** A field ends at a blank, but not after a comma. */
function fieldsOf(line: string): Field[] {
  const fields: Field[] = []
  let position = 0
  while (position < line.length) {
    const field: Token[] = []
    for (let more = true; more;) {
      const { token, next, comma } = nextToken(line, position)
      position = next
      if (token !== undefined) field.push(token)
      more = token !== undefined && comma
    }
    if (field.length > 0) fields.push(field)
  }
  return fields
}

const isBlank = (character: string) => character === ' ' || character === '\t' || character === '\r'

/** A port of `next_token` of hba.c, because of its peculiar treatment of quotes inside words. */
function nextToken(line: string, from: number): { token?: Token; next: number; comma: boolean } {
  let position = from
  while (position < line.length && (isBlank(line.charAt(position)) || line.charAt(position) === ',')) {
    position += 1
  }
  const start = position
  let text = ''
  let inQuote = false
  let wasQuote = false
  let sawQuote = false
  let quoted = false
  let comma = false
  for (; position < line.length; position += 1) {
    const character = line.charAt(position)
    if (!inQuote && (isBlank(character) || character === '#' || character === ',')) {
      comma = character === ','
      break
    }
    if (character !== '"' || wasQuote) text += character
    wasQuote = inQuote && character === '"' && !wasQuote
    if (character === '"') {
      inQuote = !inQuote
      sawQuote = true
      if (text === '') quoted = true
    }
  }
  const next = line.charAt(position) === '#' && !inQuote ? line.length : position
  if (!sawQuote && text === '') return { next, comma }
  return { token: { text, quoted, start, end: position }, next, comma }
}
