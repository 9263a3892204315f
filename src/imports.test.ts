/** Who imports whom: no folder imports one above it, no part another, and no two files each other. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** From the bottom up; a file at the top of `src` by its own name. ARCHITECTURE.md says it in words. */
const layers: readonly string[] = [
  'errors.ts',
  'time.ts',
  'printable.ts',
  'regular-file.ts',
  'atomic-file.ts',
  'image',
  'findings',
  'config',
  'logging',
  'children',
  'greenplum',
  'hba',
  'volume',
  'history',
  'prepared',
  'fast-start',
  'server-logs',
  'seeding',
  'health',
  'cluster',
  'pxf',
  'sql',
  'data-path',
  'protocols',
  'preflight',
  'jdbc',
  'parts',
  'supervisor',
  'doctor',
  'commands',
  'main.ts',
]

/** Each file with those that it imports, types included. */
type Imports = ReadonlyMap<string, readonly string[]>

const importsOf = (file: string, code: string): string[] =>
  [...code.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path))

function readImports(): Imports {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => /(?<!\.test|\.fixture)\.ts$/.test(name))
  return new Map(
    files.map((file) => [file, importsOf(file, readFileSync(join(import.meta.dirname, file), 'utf8'))]),
  )
}

const folderOf = (file: string): string => file.split('/')[0] ?? ''

/** The folder of a part; the contract and the list are in none. */
const partOf = (file: string): string | undefined => /^parts\/([^/.]+)\//.exec(file)?.[1]

const edgesOf = (imports: Imports) =>
  [...imports].flatMap(([file, targets]) => targets.map((target) => ({ file, target })))

const shown = ({ file, target }: { readonly file: string; readonly target: string }) => `${file} → ${target}`

function upwards(imports: Imports): string[] {
  const height = (file: string) => layers.indexOf(folderOf(file))
  return edgesOf(imports)
    .filter(({ file, target }) => height(target) > height(file))
    .map(shown)
}

const ofParts = (imports: Imports): string[] =>
  edgesOf(imports)
    .filter(({ file, target }) => partOf(target) !== undefined && partOf(file) !== partOf(target))
    .map(({ file }) => file)

/** The first circle that is met on the way down from a file. */
function circles(imports: Imports): string[] {
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' → ')]
    if (done.has(file)) return []
    const found = (imports.get(file) ?? []).flatMap((target) => walk(target, [...path, file]))
    done.add(file)
    return found
  }
  return [...imports.keys()].flatMap((file) => walk(file, []))
}

describe('the imports of src', () => {
  const imports = readImports()

  it('are of folders that have a place in the layers', () => {
    const folders = new Set([...imports.keys()].map(folderOf))
    expect(folders.size).toBeGreaterThan(20)
    expect([...folders].filter((name) => !layers.includes(name))).toEqual([])
  })

  it('never go up', () => {
    expect(upwards(imports)).toEqual([])
  })

  it('never go in a circle', () => {
    expect(circles(imports)).toEqual([])
  })

  it('of a part are the list alone: parts do not know each other', () => {
    expect(new Set([...imports.keys()].flatMap((file) => partOf(file) ?? [])).size).toBeGreaterThan(5)
    expect(new Set(ofParts(imports))).toEqual(new Set(['parts/all.ts']))
  })

  it('of zod leave its languages out of the bundle, half a megabyte: import * as z', () => {
    const named = [...imports.keys()].filter((file) =>
      /^import (?!\* as )[^\n]* from 'zod'/m.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
    )
    expect(named).toEqual([])
  })

  it('are found out where they are wrong (control)', () => {
    const wrong = new Map([
      ['config/config.ts', importsOf('config/config.ts', "import { a } from '../doctor/doctor.ts'")],
      ['sql/a.ts', ['sql/b.ts']],
      ['sql/b.ts', ['sql/c.ts']],
      ['sql/c.ts', ['sql/a.ts']],
      ['parts/sql/part.ts', ['parts/seed/part.ts']],
    ])
    expect(upwards(wrong)).toEqual(['config/config.ts → doctor/doctor.ts'])
    expect(circles(wrong)).toEqual(['sql/a.ts → sql/b.ts → sql/c.ts → sql/a.ts'])
    expect(ofParts(wrong)).toEqual(['parts/sql/part.ts'])
  })
})
