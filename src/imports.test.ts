/** Who imports whom: no folder imports one above it, and no two files each other. ARCHITECTURE.md says it in words. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** From the bottom up; a file at the top of `src` by its own name. */
const layers: readonly string[] = [
  'errors.ts',
  'time.ts',
  'printable.ts',
  'regular-file.ts',
  'atomic-file.ts',
  'findings',
  'config',
  'logging',
  'children',
  'greenplum',
  'hba',
  'volume',
  'seeding',
  'health',
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

function upwards(imports: Imports): string[] {
  const height = (file: string) => layers.indexOf(folderOf(file))
  return [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => height(target) > height(file)).map((target) => `${file} → ${target}`),
  )
}

/** Who imports a part from outside of its folder. */
function acrossParts(imports: Imports): string[] {
  const partOf = (file: string) => /^parts\/[^/]+\//.exec(file)?.[0]
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => partOf(target) !== undefined && partOf(target) !== partOf(file))
      .map(() => file),
  )
}

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

describe('the imports', () => {
  const imports = readImports()

  it('are of folders that have a place in the layers', () => {
    expect([...new Set([...imports.keys()].map(folderOf))].filter((name) => !layers.includes(name))).toEqual(
      [],
    )
  })

  it('never go up', () => {
    expect(upwards(imports)).toEqual([])
  })

  it('never go in a circle', () => {
    expect(circles(imports)).toEqual([])
  })

  it('leave parts apart: nobody imports one but the list, and none imports another', () => {
    expect(new Set(acrossParts(imports))).toEqual(new Set(['parts/all.ts']))
  })

  it('are found out where they do (control)', () => {
    const wrong = new Map([
      ['config/config.ts', importsOf('config/config.ts', "import { a } from '../doctor/doctor.ts'")],
      ['sql/a.ts', ['sql/b.ts']],
      ['sql/b.ts', ['sql/c.ts']],
      ['sql/c.ts', ['sql/a.ts']],
      ['parts/sql/part.ts', ['parts/sql/file.ts', 'parts/seed/part.ts']],
    ])
    expect(upwards(wrong)).toEqual(['config/config.ts → doctor/doctor.ts'])
    expect(circles(wrong)).toEqual(['sql/a.ts → sql/b.ts → sql/c.ts → sql/a.ts'])
    expect(acrossParts(wrong)).toEqual(['parts/sql/part.ts'])
  })
})
