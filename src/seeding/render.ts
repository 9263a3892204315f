/**
 * Fills in `${env:NAME}` and `${env:NAME:-default}` in a site file, so that credentials exist only in the environment.
 * Works on bytes (as latin1): all other bytes are preserved, whatever the encoding. Values are inserted as ASCII, and
 * defaults with their bytes from the file.
 */
import type { Environment } from '../config/config.ts'

export interface LineFault {
  readonly line: number
  readonly reason: string
}

export interface Rendered {
  readonly content: Buffer
  /** The same with `x` for each value, for checks whose messages must not reveal values. */
  readonly masked: Buffer
  readonly filled: boolean
  /** Faults of the file itself. */
  readonly faults: readonly LineFault[]
  /** Placeholders whose variable is missing or unusable. */
  readonly unfilled: readonly Unfilled[]
}

export interface Unfilled extends LineFault {
  readonly variable: string
}

/**
 * Comments are left unchanged: what is commented out needs no value. Outside CDATA a default contains no `<`, because
 * with a missing closing brace it would extend into other elements; its length is limited. `${ENV:…}` also matches, but
 * only to be reported: nothing fills it in.
 */
const parts =
  /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|\$\{env:[A-Za-z_]\w*:-[^}<]{0,2000}\}|\$\{env:[^}\s<]*\}?/gi
const partsOfCdata = /\$\{env:[A-Za-z_]\w*:-[^}]{0,2000}\}|\$\{env:[^}\s<]*\}?/gi

export function renderSite(source: Uint8Array, environment: Environment): Rendered {
  const text = Buffer.from(source).toString('latin1')
  const faults: LineFault[] = []
  const unfilled: Unfilled[] = []
  let filled = false
  let [line, counted] = [1, 0]
  // With increasing offsets it reads the file only once.
  const lineOf = (offset: number) => {
    line += text.slice(counted, offset).split('\n').length - 1
    counted = offset
    return line
  }
  const fill = (
    valueOf: (placeholder: string, at: { readonly offset: number; readonly cdata: boolean }) => string,
  ) =>
    text.replace(parts, (part: string, offset: number) => {
      if (part.startsWith('<!--')) return part
      if (!part.startsWith('<![')) return valueOf(part, { offset, cdata: false })
      // References are not resolved inside CDATA, so it is closed before the value and reopened after it.
      return part.replace(partsOfCdata, (inner: string, within: number) => {
        return `]]>${valueOf(inner, { offset: offset + within, cdata: true })}<![CDATA[`
      })
    })
  const content = fill((placeholder, { offset, cdata }) => {
    filled = true
    const result = valueFor(placeholder, environment, cdata)
    if ('fault' in result) faults.push({ line: lineOf(offset), reason: result.fault })
    if ('lack' in result)
      unfilled.push({ line: lineOf(offset), reason: result.lack, variable: result.variable })
    return 'value' in result ? result.value : ''
  })
  // Keeps the number of lines.
  const masked = fill((placeholder) => `x${placeholder.replace(/[^\n]/g, '')}`)
  return {
    content: Buffer.from(content, 'latin1'),
    masked: Buffer.from(masked, 'latin1'),
    filled,
    faults,
    unfilled,
  }
}

/** The first placeholder in a file in which placeholders are not filled in. */
export function strayPlaceholder(source: Uint8Array): LineFault | undefined {
  const text = Buffer.from(source).toString('latin1')
  const kept = text.replace(parts, (part) => (part.startsWith('<!--') ? part.replace(/[^\n]/g, ' ') : part))
  const at = kept.search(/\$\{env:/i)
  if (at < 0) return undefined
  const reason =
    'a ${env:…} is filled in only in files whose names end in -site.xml or -user.xml; rename the file, or write the value instead'
  return { line: kept.slice(0, at).split('\n').length, reason }
}

type Value =
  | { readonly value: string }
  | { readonly fault: string }
  | { readonly lack: string; readonly variable: string }

/** As in bash, a default also replaces an empty value. */
function valueFor(placeholder: string, environment: Environment, cdata: boolean): Value {
  if (!placeholder.startsWith('${env:'))
    return { fault: 'a ${env:…} with upper-case letters in env is not filled in; write env in lower case' }
  const [, name, fallback] = /^\$\{env:([A-Za-z_]\w*)(?::-([^}]*))?\}$/.exec(placeholder) ?? []
  if (name === undefined)
    return { fault: 'an unfinished ${env:…}; write ${env:NAME} or ${env:NAME:-default}, with &lt; for <' }
  const value = environment[name]
  if (fallback !== undefined && (value === undefined || value === ''))
    return defaultFor(name, fallback, cdata)
  if (value === undefined) return { lack: `${name} is not set`, variable: name }
  const escaped = escapeXml(value)
  return escaped === undefined
    ? { lack: `the value of ${name} has a character that is not allowed in XML`, variable: name }
    : { value: escaped }
}

function defaultFor(name: string, text: string, cdata: boolean): Value {
  if (text.includes('${'))
    return { fault: `the default of ${name} contains a placeholder, which is not filled in` }
  if (/[\0-\x08\x0B\x0C\x0E-\x1F]/.test(text))
    return { fault: `the default of ${name} has a character that is not allowed in XML` }
  // A default may contain &amp; or a plain &; both mean the same.
  const markup = cdata ? /[&<>"']/g : /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)|[<>"']/gi
  return { value: text.replace(markup, asReference) }
}

/** Keeps plain ASCII; writes everything else as a character reference, which is independent of encoding and context. */
function escapeXml(value: string): string | undefined {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value)) return undefined
  return value.replace(/[^ -~]|[&<>"']/gu, asReference)
}

const asReference = (character: string): string => `&#${character.codePointAt(0)};`
