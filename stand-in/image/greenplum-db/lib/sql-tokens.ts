/**
 * PostgreSQL's SQL as tokens, as far as the recorded list of greenplum-sql.ts needs it: comments and blanks are
 * gone, words are in lower case, strings are decoded.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign'
  readonly text: string
  readonly start: number
  readonly end: number
}

const patterns: readonly (readonly [Token['kind'] | 'blank' | 'escapes' | 'dollars', RegExp])[] = [
  ['blank', /\s+|--[^\n]*/y],
  ['escapes', /e'(?:[^'\\]|\\[^]|'')*'/iy],
  ['string', /'(?:[^']|'')*'/y],
  ['dollars', /\$(\w*)\$[^]*?\$\1\$/y],
  ['quoted', /"(?:[^"]|"")+"/y],
  ['word', /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy],
  ['number', /\d+(?:\.\d+)?/y],
  ['sign', /[^]/y],
]

export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < sql.length;) {
    const end = sql.startsWith('/*', at) ? endOfComment(sql, at) : at
    if (end > at) {
      at = end
      continue
    }
    const token = nextToken(sql, at)
    if (token.kind !== 'blank') tokens.push({ ...token, kind: token.kind })
    at = token.end
  }
  return tokens
}

function nextToken(sql: string, start: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start
    const match = pattern.exec(sql)
    if (match === null) continue
    const [raw, tag = ''] = match
    const place = { start, end: start + raw.length }
    if (kind === 'word') return { kind, text: raw.toLowerCase(), ...place }
    if (kind === 'quoted') return { kind, text: raw.slice(1, -1).replaceAll('""', '"'), ...place }
    if (kind === 'string') return { kind, text: raw.slice(1, -1).replaceAll("''", "'"), ...place }
    if (kind === 'escapes') return { kind: 'string' as const, text: unescaped(raw.slice(2, -1)), ...place }
    if (kind === 'dollars')
      return { kind: 'string' as const, text: raw.slice(tag.length + 2, -tag.length - 2), ...place }
    return { kind, text: raw, ...place }
  }
  throw new Error('every character is a sign at least')
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length;) {
    if (sql.startsWith('/*', at)) [depth, at] = [depth + 1, at + 2]
    else if (sql.startsWith('*/', at)) [depth, at] = [depth - 1, at + 2]
    else at++
    if (depth === 0) return at
  }
  return sql.length
}

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

const unescaped = (text: string): string =>
  text.replaceAll(/\\(x[\da-f]{1,2}|[0-7]{1,3}|[^])|''/gi, (_, escape: string | undefined) => {
    if (escape === undefined) return "'"
    if (/^x./i.test(escape)) return String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
    if (/^[0-7]/.test(escape)) return String.fromCodePoint(Number.parseInt(escape, 8))
    return controls[escape] ?? escape
  })

/** The statements of a text, each without its semicolon; the blanks and comments around one belong to it. */
export function statementsOf(sql: string): { readonly text: string; readonly end: number }[] {
  const cuts = tokensOf(sql).filter(({ kind, text }) => kind === 'sign' && text === ';')
  const starts = [0, ...cuts.map(({ end }) => end)]
  return starts.map((start, index) => {
    const end = cuts[index]?.start ?? sql.length
    return { text: sql.slice(start, end), end }
  })
}
