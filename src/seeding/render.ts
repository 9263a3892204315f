/**
 * Fills `${env:NAME}` and `${env:NAME:-default}` in a site file, so that credentials live in the environment alone.
 * Works on the bytes (as latin1): every other byte stays, whatever the encoding; what is filled in is ASCII, but for
 * a default, which has the bytes of the file.
 */
import type { Environment } from '../config/config.ts'

export interface LineFault {
  readonly line: number
  readonly reason: string
}

export interface Rendered {
  readonly content: Buffer
  /** The same with an `x` for each value: fit to be checked and complained about. */
  readonly masked: Buffer
  readonly filled: boolean
  /** Of the file itself. */
  readonly faults: readonly LineFault[]
  /** What the environment lacks. */
  readonly unfilled: readonly Unfilled[]
}

export interface Unfilled extends LineFault {
  readonly variable: string
}

/**
 * Comments stay as they are: what is commented out needs no value. A default has no `<` outside of CDATA: where the
 * closing brace is forgotten, it would reach into other elements; nor is it longer than a page. `${ENV:…}` is found
 * to be refused: nobody else fills it.
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
  // Asked with growing offsets, it reads the file once.
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
      // Escapes mean nothing inside CDATA: it is closed before the value and opened again behind it.
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
  // Of as many lines as what it stands for.
  const masked = fill((placeholder) => `x${placeholder.replace(/[^\n]/g, '')}`)
  return {
    content: Buffer.from(content, 'latin1'),
    masked: Buffer.from(masked, 'latin1'),
    filled,
    faults,
    unfilled,
  }
}

/** The first placeholder of a file in which none is filled. */
export function strayPlaceholder(source: Uint8Array): LineFault | undefined {
  const text = Buffer.from(source).toString('latin1')
  const kept = text.replace(parts, (part) => (part.startsWith('<!--') ? part.replace(/[^\n]/g, ' ') : part))
  const at = kept.search(/\$\{env:/i)
  if (at < 0) return undefined
  const reason =
    'a ${env:…} is filled only in files whose names end in -site.xml or -user.xml; rename the file, or write the value out'
  return { line: kept.slice(0, at).split('\n').length, reason }
}

type Value =
  | { readonly value: string }
  | { readonly fault: string }
  | { readonly lack: string; readonly variable: string }

/** As bash does it: a default also stands in for an empty value. */
function valueFor(placeholder: string, environment: Environment, cdata: boolean): Value {
  if (!placeholder.startsWith('${env:'))
    return { fault: 'a ${env:…} with capitals in env is not filled; write env in lower case' }
  const [, name, fallback] = /^\$\{env:([A-Za-z_]\w*)(?::-([^}]*))?\}$/.exec(placeholder) ?? []
  if (name === undefined)
    return { fault: 'an unfinished ${env:…}; write ${env:NAME} or ${env:NAME:-default}, with &lt; for <' }
  const value = environment[name]
  if (fallback !== undefined && (value === undefined || value === ''))
    return defaultFor(name, fallback, cdata)
  if (value === undefined) return { lack: `${name} is not set`, variable: name }
  const escaped = escapeXml(value)
  return escaped === undefined
    ? { lack: `the value of ${name} has a character that XML cannot hold`, variable: name }
    : { value: escaped }
}

function defaultFor(name: string, text: string, cdata: boolean): Value {
  if (text.includes('${'))
    return { fault: `the default of ${name} has a placeholder in it, which is not filled` }
  if (/[\0-\x08\x0B\x0C\x0E-\x1F]/.test(text))
    return { fault: `the default of ${name} has a character that XML cannot hold` }
  // In XML somebody may write &amp; there, and somebody else a plain &: both mean the same.
  const markup = cdata ? /[&<>"']/g : /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)|[<>"']/gi
  return { value: text.replace(markup, asReference) }
}

/** Plain ASCII goes in as it is; everything else as a reference, which no encoding and no attribute changes. */
function escapeXml(value: string): string | undefined {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value)) return undefined
  return value.replace(/[^ -~]|[&<>"']/gu, asReference)
}

const asReference = (character: string): string => `&#${character.codePointAt(0)};`
