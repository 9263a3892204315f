/**
 * Masks passwords in statements and URLs, which the database's log repeats: `PASSWORD '…'` in all quoting styles of SQL,
 * also inside another string; `IDENTIFIED BY`; `password=…` of a connection string; `scheme://user:…@host`. If the end of
 * a literal is uncertain or missing, it masks too much rather than too little. Pure, and linear in the length of the
 * text, because every line of a busy server passes through it.
 */

/** A cheap test that almost every line fails. */
const suspicious = /passw(?:or)?d|(?:pwd|pass)\s{0,20}=|identified\s+by|:\/\//i

/** The same for a line of JSON, in which white space may be escaped. */
export const maySuspect = (json: string): boolean =>
  /passw|pwd|pass\s{0,20}=|pass\\|identified|:\/\//i.test(json)

/** @returns the text itself if there is nothing to mask */
export function withoutWrittenSecrets(text: string): string {
  if (!suspicious.test(text)) return text
  return withoutAuthorities(
    withoutLiterals(text).replaceAll(unquoted, '$1***').replaceAll(parameter, '$1***'),
  )
}

/** Whether values that belong to this text may be passwords. */
export const mentionsPassword = (text: string): boolean => /passw(?:or)?d|identified\s+by/i.test(text)

/** Without quotes, by mistake: `ALTER ROLE bob PASSWORD hunter2`. */
const unquoted =
  /(\b(?:create|alter)\s{1,20}(?:role|user|group)\s[\w\s".$-]{0,200}?\bpassword\s{1,200})(?!null\b|\$|\S{0,2}['"\\])[^\s;]+/gi

/** A value ends at white space or at the next parameter. Quoted ones are already masked; `$1` is not a value. */
const parameter =
  /((?:passw(?:or)?d|pwd|pass)\s{0,20}(?:=>|=(?!>))\s{0,20})(?!\\*['"]|\$\d+(?:[\s,;)]|$))\S+?(?=[&;][\w.-]{1,100}=|\s|$)/gi

/** Only digits would be a port. */
const userOfAuthority = /:\/\/[^\s:/?#@]*:(?!\d+(?:[/?#\s]|$))/g
const blank = /\s|$/g

/** A password may contain any character, even @, so it extends to the last @ of the word. */
function withoutAuthorities(text: string): string {
  const parts: string[] = []
  let done = 0
  userOfAuthority.lastIndex = 0
  for (let found = userOfAuthority.exec(text); found !== null; found = userOfAuthority.exec(text)) {
    const from = userOfAuthority.lastIndex
    blank.lastIndex = from
    const wordEnd = blank.exec(text)?.index ?? text.length
    const at = text.slice(from, wordEnd).lastIndexOf('@')
    if (at > 0) {
      parts.push(text.slice(done, from), '***')
      done = from + at
    }
    userOfAuthority.lastIndex = Math.max(wordEnd, from)
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}

/** The words before a string with a password. */
const keyword = /passw(?:or)?d|identified\s+by/gi
/** The end of a quoted name or string that contains the keyword: `"password" '…'`, `'app.password', '…'`. */
const closing = /\\*(?:'+|"+)(?=[\s,;:=)|\]\\]|$)/y
/** Limits the length of comments: otherwise each of many unclosed ones would be read to the end of the text. */
const gap = /\s*(?:(?:--[^\n]{0,200}\n|\/\*[^]{0,1000}?\*\/)\s*){0,8}/y
const separator = /:=|=>|=|:|\(|to\b/iy
const comma = /,/y
/** With escapes, if the statement is itself inside a string. */
const opening = /(?:[EeBbXxNn]|[Uu]&)?(\\*)('+|"+)|\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y

function withoutLiterals(text: string): string {
  const parts: string[] = []
  let done = 0
  keyword.lastIndex = 0
  for (let found = keyword.exec(text); found !== null; found = keyword.exec(text)) {
    const start = beginningAfter(text, keyword.lastIndex)
    const opened = sticky(opening, text, start)
    if (opened === undefined) continue
    const inner = start + opened[0].length
    const end = endOf(text, inner, opened)
    const closer = text.slice(end.inner, end.outer)
    // The program's own advice contains PASSWORD '…'.
    const content = text.slice(inner, end.inner)
    if (content !== '…' && content !== '') {
      parts.push(text.slice(done, inner), '***', closer)
      done = end.outer
    }
    keyword.lastIndex = end.outer
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}

function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

/** Where a string that belongs to the keyword would start. */
function beginningAfter(text: string, from: number): number {
  const skip = (pattern: RegExp, at: number) => at + (sticky(pattern, text, at)?.[0].length ?? 0)
  const named = skip(closing, from)
  const between = skip(gap, named)
  const separated = skip(separator, between)
  const at = named > from && separated === between ? skip(comma, between) : separated
  return skip(gap, at)
}

interface End {
  /** Where the closing quotes start. */
  readonly inner: number
  readonly outer: number
}

function endOf(text: string, from: number, [tag, , quotes]: RegExpExecArray): End {
  if (quotes !== undefined) return endOfQuoted(text, from, quotes)
  const at = text.indexOf(tag, from)
  return at < 0 ? atEnd(text) : { inner: at, outer: at + tag.length }
}

const atEnd = (text: string): End => ({ inner: text.length, outer: text.length })

/** The start of the next part of a string that continues on another line. */
const nextPart = /[^\S\r\n]*(?:--[^\n]{0,200})?[\r\n]\s*(?:--[^\n]{0,200}\n\s*){0,8}'/y

/**
 * A run of quotes ends the string unless all of them are escaped: in pairs, or in fours inside another string. Whether a
 * backslash escapes a quote depends on the kind of string, so the string ends only if it does under both readings.
 */
function endOfQuoted(text: string, from: number, quotes: string): End {
  const unit = quotes.length % 2 === 0 ? 4 : 2
  const run = quotes.startsWith("'") ? /'+/g : /"+/g
  run.lastIndex = from
  for (let found = run.exec(text); found !== null; found = run.exec(text)) {
    const { length } = found[0]
    const escaped = isEscaped(text, found.index, from) ? unit / 2 : 0
    if (length % unit === 0 || (length - escaped) % unit === 0) continue
    const next = sticky(nextPart, text, run.lastIndex)
    if (next === undefined) return { inner: found.index, outer: run.lastIndex }
    run.lastIndex += next[0].length
  }
  return atEnd(text)
}

/** Whether an odd number of backslashes precedes it. */
function isEscaped(text: string, at: number, from: number): boolean {
  let first = at
  while (first > from && text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}
