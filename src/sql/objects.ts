/** The kind and the name of the object of a CREATE or DROP statement. Pure. */
import { wordsOf, type Statement } from './statements.ts'

export interface NamedObject {
  /** In upper case, such as `TABLE`, `EXTERNAL TABLE`, `FUNCTION`. */
  readonly kind: string
  /** The parts of the name, folded as the server does it; empty if there is none. */
  readonly name: readonly string[]
}

export interface Creation extends NamedObject {
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  /** Gone with the session. */
  readonly temporary: boolean
}

export interface Removal {
  readonly kind: string
  readonly objects: readonly NamedObject[]
  readonly ifExists: boolean
  readonly cascade: boolean
}

/** Kinds of more than one word; every other kind is one word. */
const longKinds: readonly (readonly string[])[] = [
  ['EXTERNAL', 'WEB', 'TABLE'],
  ['EXTERNAL', 'TABLE'],
  ['MATERIALIZED', 'VIEW'],
  ['FOREIGN', 'DATA', 'WRAPPER'],
  ['FOREIGN', 'TABLE'],
  ['EVENT', 'TRIGGER'],
  ['OPERATOR', 'CLASS'],
  ['OPERATOR', 'FAMILY'],
  ['RESOURCE', 'QUEUE'],
  ['RESOURCE', 'GROUP'],
  ['TEXT', 'SEARCH', 'CONFIGURATION'],
  ['TEXT', 'SEARCH', 'DICTIONARY'],
  ['TEXT', 'SEARCH', 'PARSER'],
  ['TEXT', 'SEARCH', 'TEMPLATE'],
  ['USER', 'MAPPING'],
]

const adjectives: ReadonlySet<string> = new Set(
  [
    'GLOBAL LOCAL TEMP TEMPORARY UNLOGGED UNIQUE READABLE WRITABLE',
    'TRUSTED PROCEDURAL RECURSIVE CONSTRAINT DEFAULT',
  ]
    .join(' ')
    .split(' '),
)

/** Everything in pg_class except indexes. */
export const relationKinds: ReadonlySet<string> = new Set([
  'TABLE',
  'EXTERNAL TABLE',
  'FOREIGN TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'SEQUENCE',
])

/** Other names for the same kind. */
const aliases: Readonly<Record<string, string>> = {
  'EXTERNAL WEB TABLE': 'EXTERNAL TABLE',
  USER: 'ROLE',
  GROUP: 'ROLE',
}

export function creationOf(statement: Statement): Creation | undefined {
  const words = wordsOf(statement)
  if (words[0] !== 'CREATE') return undefined
  const orReplace = words[1] === 'OR' && words[2] === 'REPLACE'
  const { kind, next } = kindAt(words, orReplace ? 3 : 1)
  const ifNotExists = words[next] === 'IF' && words[next + 1] === 'NOT'
  const name = nameAt(statement, ifNotExists ? next + 3 : next).parts
  const adjective = words.slice(1, next)
  const temporary = adjective.includes('TEMP') || adjective.includes('TEMPORARY') || name[0] === 'pg_temp'
  return { kind, name, orReplace, ifNotExists, temporary }
}

export function removalOf(statement: Statement): Removal | undefined {
  const words = wordsOf(statement)
  if (words[0] !== 'DROP') return undefined
  const { kind, next } = kindAt(words, 1)
  const ifExists = words[next] === 'IF' && words[next + 1] === 'EXISTS'
  const objects: NamedObject[] = []
  for (let at = ifExists ? next + 2 : next; at < words.length; at++) {
    const name = nameAt(statement, at)
    objects.push({ kind, name: name.parts })
    at = afterBrackets(words, name.next)
    if (words[at] !== ',') break
  }
  return { kind, objects, ifExists, cascade: words.includes('CASCADE') }
}

/** The same key for the same object. An index is created without its schema and dropped with it. */
export const keyOf = ({ kind, name }: NamedObject): string =>
  JSON.stringify([kind, ...(kind === 'INDEX' ? name.slice(-1) : name)])

function kindAt(words: readonly string[], from: number): { kind: string; next: number } {
  const places = words.flatMap((word, at) => (at >= from && !adjectives.has(word) ? [at] : [])).slice(0, 3)
  const read = places.map((at) => words[at])
  const long = longKinds.find((kind) => kind.every((word, index) => read[index] === word))
  const kind = (long ?? [read[0] ?? '']).join(' ')
  return { kind: aliases[kind] ?? kind, next: (places[(long?.length ?? 1) - 1] ?? words.length) + 1 }
}

/** The server truncates names to this many bytes (NAMEDATALEN - 1). */
const longestName = 63

/** A multibyte character that would be cut is dropped entirely. */
function shortened(name: string): string {
  const bytes = Buffer.from(name)
  if (bytes.length <= longestName) return name
  return new TextDecoder().decode(bytes.subarray(0, longestName)).replace(/\uFFFD+$/, '')
}

/** Folded like a server with UTF-8 does it: only ASCII letters. */
const folded = (word: string): string => word.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** A dotted name; its parts are folded and truncated as the server does it. */
export function nameAt(statement: Statement, from: number): { parts: string[]; next: number } {
  const parts: string[] = []
  for (let at = from; ; at += 2) {
    const token = statement.tokens[at]
    if (token?.kind !== 'word' && token?.kind !== 'name') return { parts, next: at }
    const text = statement.text.slice(token.start - statement.start, token.end - statement.start)
    parts.push(shortened(token.kind === 'word' ? folded(text) : text.slice(1, -1).replaceAll('""', '"')))
    const dot = statement.tokens[at + 1]
    if (dot === undefined || statement.text[dot.start - statement.start] !== '.')
      return { parts, next: at + 1 }
  }
}

function afterBrackets(words: readonly string[], from: number): number {
  if (words[from] !== '(') return from
  for (let at = from, depth = 0; at < words.length; at++) {
    if (words[at] === '(') depth++
    if (words[at] === ')' && --depth === 0) return at + 1
  }
  return words.length
}
