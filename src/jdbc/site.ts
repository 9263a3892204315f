/** Parses the properties of a Hadoop site file as PXF does: `<configuration><property><name>…<value>…`. Pure. */
import { SaxesParser } from 'saxes'
import { xmlFault, type XmlFault } from '../seeding/xml.ts'

export interface Property {
  readonly name: string
  readonly value: string
  readonly line: number
}

export type Site = { readonly fault: XmlFault } | { readonly properties: readonly Property[] }

export function parseSite(content: Uint8Array): Site {
  const fault = xmlFault(content)
  if (fault !== undefined) return { fault }
  const found = { properties: [] as Property[], root: '' }
  const parser = new SaxesParser({ position: true })
  const path: string[] = []
  let open = { name: '', value: '', line: 0 }
  const collect = (text: string) => {
    if (path.length !== 3) return
    if (path[2] === 'name') open.name += text
    if (path[2] === 'value') open.value += text
  }
  parser.on('opentag', ({ name }) => {
    if (path.length === 0) found.root = name
    if (path.length === 1) open = { name: '', value: '', line: parser.line }
    path.push(name)
  })
  parser.on('text', collect)
  parser.on('cdata', collect)
  parser.on('closetag', ({ name }) => {
    path.pop()
    // Like Hadoop, this trims names but not values.
    if (path.length === 1 && name === 'property') found.properties.push({ ...open, name: open.name.trim() })
  })
  // Faults were reported above. An entity that the document itself defines is left unchanged.
  parser.on('error', () => {})
  parser.write(Buffer.from(content).toString('utf8')).close()
  if (found.root !== 'configuration') {
    return { fault: { line: 1, reason: 'the outermost element is not <configuration>' } }
  }
  return { properties: found.properties }
}

/** If a name occurs more than once, the last value counts. */
export const valueOf = (properties: readonly Property[], name: string): string | undefined =>
  properties.findLast((property) => property.name === name)?.value

/** The placeholders that Hadoop's Configuration fills in, besides properties of the same file. */
const filledByHadoop = /^(pxf\.(session|config)\.|java\.|user\.|os\.|file\.separator)/

/**
 * The `${…}` that are never filled in; Hadoop leaves them unchanged. `${env:NAME}` and `${env:NAME:-default}` belong to
 * this program, which fills them in when the file is copied from the image. The default is not shown, because it may be
 * a password. `${env.NAME}` belongs to Hadoop, which fills it in from the environment of PXF.
 */
export function unfilled(
  value: string,
  properties: readonly Property[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const placeholders = /\$\{(env:[A-Za-z_]\w{0,80}(?=:-)|[^}\s$]{1,80}(?=\}))(?::-[^}]*)?\}/g
  return [...value.matchAll(placeholders)].flatMap(([whole, name = '']) => {
    if (name.startsWith('env:') && whole !== `\${${name}}`) return [`\${${name}:-…}`]
    const variable = /^env\.([A-Za-z_]\w*)(:?-.*)?$/.exec(name)
    const known =
      filledByHadoop.test(name) ||
      properties.some((property) => property.name === name) ||
      (variable !== null && (environment[variable[1] ?? ''] !== undefined || variable[2] !== undefined))
    return known ? [] : [whole]
  })
}

/** The variables in this program's own placeholders. */
export const variablesIn = (value: string): string[] =>
  [...value.matchAll(/\$\{env:([A-Za-z_]\w*)/g)].flatMap(([, name]) => name ?? [])

/** A value that consists only of unfilled placeholders is not a secret, and their names are needed for the fix. */
const isPlaceholder = (value: string): boolean => /^(\$\{env[:.][A-Za-z_]\w*\})+$/.test(value.trim())

/** The values that must never be shown, under names that `createMask` recognizes as those of secrets and users. */
export function secretsOf(properties: readonly Property[]): Record<string, string> {
  const found = properties.flatMap(({ name, value }, index): [string, string][] => {
    if (isPlaceholder(value)) return []
    if (/passw(or)?d|secret|token/i.test(name)) return [[`${index}_PASSWORD`, value]]
    if (/(^|\.)user$/i.test(name)) return [[`${index}_USER`, value]]
    if (name !== 'jdbc.url') return []
    const inUrl = [...value.matchAll(/[?&;](?:password|pwd|pass)=([^&;]+)/gi)]
    return inUrl.map(([, secret = ''], at) => [`${index}_${at}_PASSWORD`, secret])
  })
  return Object.fromEntries(found)
}
