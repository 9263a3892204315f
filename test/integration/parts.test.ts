/**
 * The contract that every part keeps, over a real PostgreSQL: what is missing is made once and then left alone; and
 * wherever a part is cut off, it ends soon, reports nothing false, holds no session, and the next time does the rest.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { observeDatabase } from '../../src/greenplum/readiness.ts'
import { withSession, type SessionTarget } from '../../src/greenplum/session.ts'
import { changed, statusOf, type ComponentChange, type Components } from '../../src/health/components.ts'
import { allParts, initialComponents } from '../../src/parts/all.ts'
import type { Part, PartRun } from '../../src/parts/part.ts'
import { createRig, type Rig } from './rig.ts'

/** What takes away what a part makes, so that it has something to do. */
const undoing: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  gpdb: ({ rig }) => rig.query(`ALTER ROLE gpadmin PASSWORD 'another'`),
  hba: async ({ rig, hba }) => {
    await writeFile(hba, (await readFile(hba, 'utf8')).replaceAll(/^host all gpadmin samehost.*$/gm, ''))
    await rig.query('SELECT pg_reload_conf()')
  },
  extensions: ({ rig }) => rig.query('DROP EXTENSION IF EXISTS pxf CASCADE'),
  protocols: ({ rig }) => rig.query('DROP FUNCTION IF EXISTS demo_in()'),
  sql: ({ rig }) => rig.query('DROP SCHEMA IF EXISTS own CASCADE'),
}

/** What the image brings: a library with one formatter, which is a real function of a real library, and one SQL file. */
async function bringSeeds(folder: string): Promise<void> {
  const formatter = { name: 'demo_in', symbol: 'dsnowball_init', direction: 'import' }
  await mkdir(join(folder, 'protocols/demo'), { recursive: true })
  await mkdir(join(folder, 'sql'))
  await writeFile(
    join(folder, 'protocols/demo/manifest.json'),
    JSON.stringify({ library: 'dict_snowball', formatters: [formatter] }),
  )
  await writeFile(
    join(folder, 'sql/10-own.sql'),
    'CREATE SCHEMA IF NOT EXISTS own; CREATE TABLE IF NOT EXISTS own.t (a int);',
  )
}

/** As `expect(seen).toEqual(wanted)`, with what it is about. */
const must = (what: string, seen: unknown, wanted: unknown) =>
  expect({ what, seen }).toEqual({ what, seen: wanted })

interface Place {
  readonly rig: Rig
  readonly config: Config
  readonly target: SessionTarget
  readonly hba: string
}

/** A part on its own. Whatever it rests on is ready, and what it reports is kept. */
function alone(part: Part, { config, rig }: Place) {
  const reports: ComponentChange[] = []
  let components: Components = initialComponents(config, 'now')
  const nothing = () => {}
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, relay: nothing }
  const run: PartRun = {
    config,
    environment: rig.standIn.environment,
    scriptArguments: [],
    prelude: {},
    pid: process.pid,
    versions: {},
    logger,
    loggers: () => logger,
    sink: { congested: () => false, drained: () => Promise.resolve() },
    runTool: () => Promise.resolve({ ok: true, failure: '', output: '' }),
    toolEnvironment: () => Promise.resolve({}),
    report: (change) => {
      reports.push(change)
      components = changed(components, part.name, change, 'now')
    },
    status: (name = part.name) => statusOf(components, name),
    learn: nothing,
    note: nothing,
    count: nothing,
    mark: nothing,
    moved: nothing,
    raise: nothing,
  }
  return { work: part.create(run), reports }
}

/** Aborts `signal` after so many turns of the event loop, in which every await that ended was gone on with. */
async function abortAfter(turns: number, controller: AbortController): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(new Error('cut off'))
}

const sessionsOfOurs = (rig: Rig) =>
  rig.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'gp-supervisor'`)

const reconciling = allParts.filter(({ name }) => name in undoing)

describe('every part with something to reconcile', () => {
  it('is in this test', () => {
    const place = { config: configOf({}), rig: { standIn: { environment: {} } } } as unknown as Place
    const all = allParts.filter((part) => alone(part, place).work.reconcile !== undefined)
    // `seed` only has its sync to the other hosts there; its files have a test of their own (reconcilers).
    expect(all.map(({ name }) => name)).toEqual([...reconciling.map(({ name }) => name), 'seed'])
  })

  it('changes once and then nothing, and may be cut off at every await', async () => {
    const place = await readyPlace()
    for (const part of reconciling) {
      const undo = undoing[part.name]
      const round = { target: place.target, isFirst: true }
      const whole = new AbortController().signal

      const { work } = alone(part, place)
      await work.prepare?.(whole)
      await undo?.(place)
      must(part.name, await work.reconcile?.(round, whole), 'changed')
      must(part.name, await work.reconcile?.(round, whole), 'unchanged')

      let wasCut = true
      for (let turns = 0; wasCut && turns < 100_000; turns = Math.max(turns + 1, Math.round(turns * 1.25))) {
        await undo?.(place)
        const one = alone(part, place)
        await one.work.prepare?.(whole)
        one.reports.length = 0
        const run = new AbortController()
        const cut = abortAfter(turns, run)
        await one.work.reconcile?.(round, run.signal)
        wasCut = run.signal.aborted
        const what = `${part.name}, cut off after ${turns} turns`
        must(
          what,
          one.reports.filter(({ state }) => state === 'failed'),
          [],
        )
        await expect.poll(() => sessionsOfOurs(place.rig), { message: what }).toEqual([{ n: 0 }])
        run.abort()
        await cut
      }
      must(`${part.name}, the last try`, wasCut, false)

      const after = alone(part, place)
      await after.work.prepare?.(whole)
      await after.work.reconcile?.(round, whole)
      must(part.name, after.reports.at(-1)?.state ?? 'ready', 'ready')
      must(part.name, await after.work.reconcile?.(round, whole), 'unchanged')
    }
  })

  it('would be caught with a session that outlives its signal (negative control)', async () => {
    const place = await readyPlace()
    const release = Promise.withResolvers<void>()
    const held = withSession(place.target, () => release.promise)
    await expect.poll(() => sessionsOfOurs(place.rig)).toEqual([{ n: 1 }])
    release.resolve()
    await held
  })
})

const configOf = (environment: Readonly<Record<string, string>>): Config =>
  loadConfig({
    environment: { GREENPLUM_PASSWORD: 'x', ...environment },
    hostname: '127.0.0.1',
    readFile: () => '',
  })

/** A cluster that serves, left alone by the supervisor that started it. */
async function readyPlace(): Promise<Place> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const nothing = join(rig.standIn.root, 'nothing')
  await rig.start({ PG_HBA_SAMEHOST: 'off', GP_SEED_DIR: nothing }).answers('/readyz')
  const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
  // The test may run as root, whom the socket's peer authentication does not know as gpadmin.
  await writeFile(hba, `local all all trust\n${await readFile(hba, 'utf8')}`)
  await rig.query('SELECT pg_reload_conf()')
  const seeds = join(rig.standIn.root, 'seeds')
  await bringSeeds(seeds)
  const config = configOf({
    ...rig.standIn.environment,
    GP_SEED_DIR: seeds,
    GREENPLUM_PXF_ENABLE: 'true',
    GREENPLUM_PASSWORD_SYNC: '1',
  })
  const observation = await observeDatabase(config.greenplum, 0, new AbortController().signal)
  if (observation.kind !== 'accepting') throw new Error(observation.reason)
  return { rig, config, hba, target: observation.target }
}
