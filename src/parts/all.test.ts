import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { asMetrics } from '../health/metrics.ts'
import type { Part } from './part.ts'
import { allParts, initialComponents, partNames } from './all.ts'

const repository = new URL('../../', import.meta.url).pathname

describe('the list of parts', () => {
  it('has every name once, and each part after those that it rests on', () => {
    expect(new Set(partNames).size).toBe(partNames.length)
    for (const [index, { after }] of allParts.entries())
      for (const name of after) expect(partNames.slice(0, index)).toContain(name)
  })

  it('is the folder: every part has one of its own name, and no other folder is there', async () => {
    const entries = await readdir(import.meta.dirname, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect(folders.toSorted()).toEqual(partNames.toSorted())
  })

  it('is all that the engine knows: no name of a part stands in the supervisor or the health port', async () => {
    const named = new RegExp(`['"\`.](${partNames.filter((name) => name !== 'data').join('|')})['"\`\\b]`)
    // Negative control: the search finds a name where one stands.
    expect(`board.components()['pxf']`).toMatch(named)
    for (const folder of ['supervisor', 'health'].map((name) => join(repository, 'src', name)))
      for (const file of (await readdir(folder)).filter((name) => /^[^.]+\.ts$/.test(name)))
        expect(await readFile(join(folder, file), 'utf8')).not.toMatch(named)
  })
})

const trivial = `/** Counts its rounds, and is ready after the first. */
import { pending, type Part } from '../part.ts'

export const trivial: Part = {
  name: 'trivial',
  after: ['gpdb'],
  begins: () => pending('waiting for the database'),
  counters: { rounds: { metric: 'trivial_rounds', help: 'How often it was looked at.' } },
  create: ({ count, report }) => ({
    reconcile: async () => {
      count('rounds')
      report({ state: 'ready' })
      return 'unchanged'
    },
  }),
}
`

describe('a new part', () => {
  it('is one folder, and its place in the list', { timeout: 60_000 }, async () => {
    const copy = await mkdtemp(join(repository, 'dist-part-'))
    onTestFinished(() => rm(copy, { recursive: true }))
    await cp(join(repository, 'src'), join(copy, 'src'), { recursive: true })
    await cp(join(repository, 'package.json'), join(copy, 'package.json'))
    await mkdir(join(copy, 'src/parts/trivial'))
    await writeFile(join(copy, 'src/parts/trivial/part.ts'), trivial)
    const list = join(copy, 'src/parts/all.ts')
    const before = await readFile(list, 'utf8')
    const after = before
      .replace('import { sql } from', "import { trivial } from './trivial/part.ts'\nimport { sql } from")
      .replace(/( pxf, data)\]/, '$1, trivial]')
    await writeFile(list, after)

    // The whole difference of what was there: an import, and a word in the list.
    const changed = after.split('\n').filter((line) => !before.split('\n').includes(line))
    expect(changed).toEqual([
      "import { trivial } from './trivial/part.ts'",
      'export const allParts: readonly Part[] = [gpdb, cluster, hba, extensions, protocols, sql, seed, pxf, data, trivial]',
    ])

    // Everything that is derived from the list has it.
    const { stdout } = await promisify(execFile)(process.execPath, [join(copy, 'src/main.ts'), '--help'])
    expect(stdout).toContain('pxf, data, trivial')
    const parts = (await import(join(copy, 'src/parts/all.ts'))) as {
      allParts: readonly Part[]
      countersOf: (parts: readonly Part[]) => Parameters<typeof asMetrics>[1]['counters']
    }
    const config = loadConfig({
      environment: { GREENPLUM_PASSWORD: 'x' },
      hostname: 'h',
      readFile: () => '',
    })
    const components = initialComponents(config, 'now', parts.allParts)
    expect(components['trivial']).toMatchObject({ state: 'pending', reason: 'waiting for the database' })
    const metrics = asMetrics(
      {
        phase: 'starting',
        startedAt: 'now',
        wasReady: false,
        components,
        timeline: [],
        versions: {},
        previousStop: { kind: 'none' },
        counters: { rounds: 3 },
        seedDrift: [],
        servers: [],
      },
      { memoryBytes: 0, counters: parts.countersOf(parts.allParts), ofParts: [] },
    )
    expect(metrics).toContain('gp_supervisor_component_state{component="trivial",state="pending"} 1')
    expect(metrics).toContain('gp_supervisor_trivial_rounds_total 3')
  })
})
