/**
 * Splits SQL into tokens like the server's own scanner (Greenplum 6, src/backend/parser/scan.l), as far as statement
 * boundaries and words depend on it. Pure and total: every character of a file belongs to exactly one token.
 */

export type TokenKind = 'space' | 'line-comment' | 'block-comment' | 'word' | 'name' | 'string' | 'symbol'

export interface Token {
  /** `name`: a quoted identifier; `word`: an unquoted one or a keyword; `string`: any literal, also dollar-quoted. */
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
  /** False if the file ends inside it. */
  readonly closed: boolean
}

interface Cut {
  readonly kind: TokenKind
  /** Where the token ends, or undefined if it is never closed. */
  readonly end: number | undefined
}

const space = /[ \t\n\r\f]+/y
const lineComment = /--[^\n\r]*/y
const word = /[A-Za-z\u0080-\uFFFF_][A-Za-z\u0080-\uFFFF_0-9$]*/y
const number = /[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?/y
const dollarTag = /\$(?:[A-Za-z\u0080-\uFFFF_][A-Za-z\u0080-\uFFFF_0-9]*)?\$/y
const stringStart = /(?:[bBxXnN]|[uU]&)?'/y
const escapeStringStart = /[eE]'/y
const nameStart = /(?:[uU]&)?"/y

export function lex(sql: string): Token[] {
  const tokens: Token[] = []
  for (let start = 0; start < sql.length;) {
    const { kind, end } = cut(sql, start)
    tokens.push({ kind, start, end: end ?? sql.length, closed: end !== undefined })
    start = end ?? sql.length
  }
  return tokens
}

function cut(sql: string, start: number): Cut {
  const match = (pattern: RegExp): number | undefined => endOfMatch(sql, pattern, start)
  const blank = match(space)
  if (blank !== undefined) return { kind: 'space', end: blank }
  const comment = match(lineComment)
  if (comment !== undefined) return { kind: 'line-comment', end: comment }
  if (sql.startsWith('/*', start)) return { kind: 'block-comment', end: endOfBlockComment(sql, start) }
  // Before words: in E'…' the letter belongs to the string.
  const escaped = match(escapeStringStart)
  if (escaped !== undefined) return { kind: 'string', end: endOfEscapeString(sql, escaped) }
  const plain = match(stringStart)
  if (plain !== undefined) return { kind: 'string', end: endOfQuoted(sql, plain, "'") }
  const name = match(nameStart)
  if (name !== undefined) return { kind: 'name', end: endOfQuoted(sql, name, '"') }
  const body = match(dollarTag)
  if (body !== undefined) return { kind: 'string', end: endOfDollarString(sql, sql.slice(start, body), body) }
  const identifier = match(word)
  if (identifier !== undefined) return { kind: 'word', end: identifier }
  return { kind: 'symbol', end: match(number) ?? start + 1 }
}

function endOfMatch(sql: string, pattern: RegExp, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(sql) ? pattern.lastIndex : undefined
}

/** In PostgreSQL they nest. */
function endOfBlockComment(sql: string, start: number): number | undefined {
  const edge = /\/\*|\*\//g
  edge.lastIndex = start
  for (let depth = 0, found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return undefined
}

/** A doubled quote stands for itself. */
function endOfQuoted(sql: string, from: number, quote: "'" | '"'): number | undefined {
  for (let at = sql.indexOf(quote, from); at >= 0; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] !== quote) return at + 1
  }
  return undefined
}

/** With backslash escapes, also in parts that continue on later lines. */
function endOfEscapeString(sql: string, from: number): number | undefined {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === '\\' || (sql[at] === "'" && sql[at + 1] === "'")) at++
    else if (sql[at] === "'") {
      const next = continuation(sql, at + 1)
      if (next === undefined) return at + 1
      at = next - 1
    }
  }
  return undefined
}

/** Two literals separated only by white space and comments, with at least one line break, are one literal. */
function continuation(sql: string, from: number): number | undefined {
  let newline = false
  for (let at = from; ;) {
    const blank = endOfMatch(sql, space, at)
    if (blank !== undefined && /[\n\r]/.test(sql.slice(at, blank))) newline = true
    const end = blank ?? endOfMatch(sql, lineComment, at)
    if (end === undefined) return newline && sql[at] === "'" ? at + 1 : undefined
    at = end
  }
}

function endOfDollarString(sql: string, tag: string, from: number): number | undefined {
  const at = sql.indexOf(tag, from)
  return at < 0 ? undefined : at + tag.length
}
