/**
 * Fills `${env:NAME}` in a site file, so that credentials live in the environment alone. Works on the bytes
 * (as latin1): every other byte stays, whatever the encoding; what is filled in is ASCII.
 */
import { lineAt } from './xml.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Rendered {
  readonly content: Buffer
  /** The same with an `x` for each value: fit to be checked and complained about. */
  readonly masked: Buffer
  readonly filled: boolean
  readonly faults: readonly { readonly line: number; readonly reason: string }[]
}

/** Comments stay as they are: what is commented out needs no value. */
const parts = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|\$\{env:[^}\s<]*\}?/g

export function renderSite(source: Uint8Array, environment: Environment): Rendered {
  const text = Buffer.from(source).toString('latin1')
  const faults: { line: number; reason: string }[] = []
  let filled = false
  const fill = (valueOf: (placeholder: string, offset: number) => string) =>
    text.replace(parts, (part: string, offset: number) => {
      if (part.startsWith('<!--')) return part
      if (!part.startsWith('<![')) return valueOf(part, offset)
      // Escapes mean nothing inside CDATA: it is closed before the value and opened again behind it.
      return part.replace(/\$\{env:[^}\s<]*\}?/g, (inner: string, within: number) => {
        return `]]>${valueOf(inner, offset + within)}<![CDATA[`
      })
    })
  const content = fill((placeholder, offset) => {
    filled = true
    const result = valueFor(placeholder, environment)
    if ('reason' in result) faults.push({ line: lineAt(text, offset), reason: result.reason })
    return 'value' in result ? result.value : ''
  })
  const masked = fill(() => 'x')
  return { content: Buffer.from(content, 'latin1'), masked: Buffer.from(masked, 'latin1'), filled, faults }
}

function valueFor(placeholder: string, environment: Environment): { value: string } | { reason: string } {
  const name = /^\$\{env:([A-Za-z_]\w*)\}$/.exec(placeholder)?.[1]
  if (name === undefined) return { reason: 'a ${env:…} without a proper name; write ${env:NAME}' }
  const value = environment[name]
  if (value === undefined) return { reason: `${name} is not set; set it (an empty value will do)` }
  const escaped = escapeXml(value)
  if (escaped === undefined) return { reason: `the value of ${name} has a character that XML cannot hold` }
  return { value: escaped }
}

/** Plain ASCII goes in as it is; everything else as a reference, which no encoding and no attribute changes. */
function escapeXml(value: string): string | undefined {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value)) return undefined
  return value.replace(/[^ -~]|[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`)
}
