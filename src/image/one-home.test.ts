/** What is known of the images stands in this folder, and nowhere else. */
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const source = join(import.meta.dirname, '..')
const facts = /\/usr\/local\/|5888|gpseg|_DATA_DIRECTORY|\/start_|pg_log|\/tmp\/\.s\./

const factsIn = (text: string): string[] => text.split('\n').filter((line) => facts.test(line))

async function linesWithFacts(folders: string): Promise<string[]> {
  const found: string[] = []
  for await (const file of glob(folders, { cwd: source })) {
    if (/\.(test|fixture)\.ts$/.test(file)) continue
    found.push(...factsIn(readFileSync(join(source, file), 'utf8')).map((line) => `${file}: ${line}`))
  }
  return found
}

it('no file beside it writes down a path, a port or a name of the images', async () => {
  const all = await linesWithFacts('**/*.ts')
  expect(all.filter((line) => !line.startsWith('image/'))).toEqual([])
})

it('such lines are found where they stand (negative control)', async () => {
  const own = await linesWithFacts('image/*.ts')
  for (const fact of ['/usr/local/', '5888', 'gpseg', '_DATA_DIRECTORY', '/start_', 'pg_log'])
    expect(own.join('\n')).toContain(fact)
  expect(factsIn("const home = '/usr/local/pxf'\nconst port = 5889\nconst path = `/tmp/.s.PGSQL.1`")).toEqual(
    ["const home = '/usr/local/pxf'", 'const path = `/tmp/.s.PGSQL.1`'],
  )
})
