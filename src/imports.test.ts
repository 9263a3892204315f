import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = import.meta.dirname

/** Each folder of src (a file of src itself counts as one) with the folders that it imports, types included. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>

async function importsOfFolders(): Promise<Imports> {
  const imports = new Map<string, Set<string>>()
  for await (const file of glob('**/*.ts', { cwd: source })) {
    if (/\.(test|fixture)\.ts$/.test(file)) continue
    const from = folderOf(file)
    const found = imports.get(from) ?? new Set()
    imports.set(from, found)
    for (const [, path = ''] of readFileSync(join(source, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const to = folderOf(relative(source, join(source, dirname(file), path)))
      if (to !== from) found.add(to)
    }
  }
  return imports
}

/** Each part is a folder by itself; the contract and the list are others. */
function folderOf(file: string): string {
  const parts = file.split('/')
  return parts.length === 1 || parts[0] !== 'parts' ? (parts[0] ?? '') : parts.slice(0, 2).join('/')
}

/** @returns a way round, or undefined where every folder stands above what it imports */
function circle(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name]
    if (done.has(name)) return undefined
    for (const next of imports.get(name) ?? []) {
      const found = visit(next, [...way, name])
      if (found !== undefined) return found
    }
    done.add(name)
    return undefined
  }
  for (const name of imports.keys()) {
    const found = visit(name, [])
    if (found !== undefined) return found
  }
  return undefined
}

describe('the folders of src', () => {
  it('import in one direction', async () => {
    const imports = await importsOfFolders()
    expect(imports.size).toBeGreaterThan(20)
    expect(circle(imports)).toBeUndefined()
  })

  it('have parts that do not know each other, and that nobody imports but the list', async () => {
    const imports = await importsOfFolders()
    const parts = [...imports.keys()].filter((name) => /^parts\/[^.]+$/.test(name))
    const importers = [...imports].filter(([, found]) => parts.some((part) => found.has(part)))
    expect(parts.length).toBeGreaterThan(5)
    expect(importers.map(([name]) => name)).toEqual(['parts/all.ts'])
  })

  it('are searched for a way round (negative control)', () => {
    const imports = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ])
    expect(circle(imports)).toEqual(['b', 'c', 'b'])
  })
})
