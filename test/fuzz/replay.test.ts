/** What is kept of the fuzz tests of `src`: what their runs begin with, and what once showed a fault. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Target } from './options.ts'

const targets = readdirSync(join(import.meta.dirname, 'targets')).flatMap((name) =>
  name.endsWith('.target.ts') ? [name.slice(0, -'.target.ts'.length)] : [],
)

const kept = (kind: string, target: string) => {
  const folder = join(import.meta.dirname, kind, target)
  // One that never found anything has no regressions.
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

describe('the kept inputs of the fuzz test', () => {
  it.each(targets)(
    '%s hold',
    async (target) => {
      const { fuzz } = (await import(`./targets/${target}.target.ts`)) as Target
      const files = [...kept('corpus', target), ...kept('regressions', target)]
      expect(files).not.toEqual([])
      for (const file of files) await fuzz(readFileSync(file))
    },
    60_000,
  )
})
