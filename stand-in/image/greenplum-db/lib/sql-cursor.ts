/** Reads a statement token by token, and writes names and values: the tools of the recorded list. */
import type { Token } from './sql-tokens.ts'

export const mismatch = new Error('not on the list')

export type Cursor = ReturnType<typeof createCursor>

export function createCursor(tokens: readonly Token[], sql: string) {
  let at = 0
  const peek = (ahead = 0): Token | undefined => tokens[at + ahead]
  const isWord = (token: Token | undefined, word: string) => token?.kind === 'word' && token.text === word
  /** Takes these words if all of them are next. */
  const takes = (words: string): boolean => {
    const wanted = words.split(' ')
    if (!wanted.every((word, ahead) => isWord(peek(ahead), word))) return false
    at += wanted.length
    return true
  }
  const takesSign = (sign: string): boolean => {
    if (peek()?.kind !== 'sign' || peek()?.text !== sign) return false
    at++
    return true
  }
  const token = (...kinds: Token['kind'][]): Token => {
    const next = peek()
    if (next === undefined || !kinds.includes(next.kind)) throw mismatch
    at++
    return next
  }
  return {
    takes,
    takesSign,
    needs: (words: string): void => {
      if (!takes(words)) throw mismatch
    },
    needsSign: (sign: string): void => {
      if (!takesSign(sign)) throw mismatch
    },
    /** The first of these words that is next. */
    oneOf: (...words: string[]): string => {
      const found = words.find(takes)
      if (found === undefined) throw mismatch
      return found
    },
    name: (): string => {
      const { kind, text } = token('word', 'quoted')
      if (kind === 'word' && reserved.has(text)) throw mismatch
      return text
    },
    /** A name where a reserved word will do as well. */
    label: (): string => token('word', 'quoted').text,
    string: (): string => token('string').text,
    integer: (): string => {
      const { text } = token('number')
      if (text.includes('.')) throw mismatch
      return text
    },
    /** Everything up to the parenthesis that closes the one just taken; PostgreSQL reads it later. */
    insideParentheses: (): Token[] => {
      const inside: Token[] = []
      for (let depth = 1; ;) {
        const next = token('word', 'quoted', 'string', 'number', 'sign')
        if (next.kind === 'sign' && next.text === '(') depth++
        if (next.kind === 'sign' && next.text === ')' && --depth === 0) return inside
        inside.push(next)
      }
    },
    /** The statement's own text from one token to another, or up to the token that is next. */
    textOf: (first: Token, last = tokens[at - 1]): string => sql.slice(first.start, last?.end),
    upToHere: (): string => sql.slice(0, tokens[at - 1]?.end ?? 0),
    skipTo: (words: string): void => {
      while (at < tokens.length && !words.split(' ').every((word, ahead) => isWord(peek(ahead), word))) at++
    },
    /** What `read` reads, or undefined and nothing taken. */
    optional: <T>(read: () => T): T | undefined => {
      const before = at
      try {
        return read()
      } catch (error) {
        if (error !== mismatch) throw error
        at = before
        return undefined
      }
    },
    end: (): void => {
      if (at < tokens.length) throw mismatch
    },
  }
}

/** As many of the reserved words as somebody may leave where a name was meant. */
const reserved: ReadonlySet<string> = new Set(
  'all and any as by case check create default distinct else end except for foreign from grant having in into like limit not null on only or order primary references select table then to union unique user using when where with'.split(
    ' ',
  ),
)

export function list<T>(cursor: Cursor, item: () => T): T[] {
  const items = [item()]
  while (cursor.takesSign(',')) items.push(item())
  return items
}

/** A name with its schema, quoted where it has to be. */
export function qualified(cursor: Cursor): string {
  const parts = [cursor.name()]
  while (cursor.takesSign('.')) parts.push(cursor.name())
  if (parts.length > 3) throw mismatch
  return parts.map(identifier).join('.')
}

export const behaviour = (cursor: Cursor): boolean => {
  if (cursor.takes('cascade')) return true
  cursor.takes('restrict')
  return false
}

export const identifier = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

export type Value = string | boolean | undefined | readonly string[]

export function literal(value: Value): string {
  if (value === undefined) return 'NULL'
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return `ARRAY[${value.map(literal).join(', ')}]::text[]`
  return `'${value.replaceAll("'", "''")}'`
}
