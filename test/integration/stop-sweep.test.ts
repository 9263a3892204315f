import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchStartScript } from '../../stand-in/launch.ts'
import { endOf, type Run as PastRun } from '../../src/history/run.ts'
import { createRig, eventually, sleep, verdictOf, withInitdb, type Rig } from './rig.ts'

/** After a stop nothing runs, and either the stop is proven or the marker of an unfinished first start is there. */
async function expectClean(rig: Rig, run: ReturnType<Rig['start']>): Promise<void> {
  expect(await run.exited).toBe(0)
  const verdict = verdictOf(run)
  const marker = await rig.file('.gp-supervisor/volume.json').catch(() => '')
  expect(verdict.proven || marker.includes('"initializing"')).toBe(true)
  expect(rig.processes()).toMatchObject({ coordinator: undefined, pxf: undefined, scripts: [] })
  // Before that the volume is not locked, and nothing is written.
  const written = verdict.phase === 'preparing' ? endOf(verdict) : await lastEnd(rig)
  expect(written).toEqual(endOf(verdict))
}

const lastEnd = async (rig: Rig) =>
  (JSON.parse(await rig.file('.gp-supervisor/history.json')) as { runs: PastRun[] }).runs.at(-1)?.end

/** Milliseconds after the start at which the stop is asked for: evenly, until a little after it is ready. */
const points = (readyMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(((readyMs + 500) * i) / (count - 1)))

/** A whole start, with what is done once it is ready, and a stop. @returns how long it took to be ready, in ms */
async function readyAfter(rig: Rig, work: () => Promise<unknown> = async () => {}): Promise<number> {
  const run = rig.start()
  await run.answers('/livez')
  const begun = performance.now()
  await run.answers('/readyz')
  const ms = performance.now() - begun
  await work()
  expect(await run.stop()).toBe(0)
  return ms
}

/** The next start is a first one again. */
async function emptyVolume(rig: Rig): Promise<void> {
  for (const name of ['master', '00', '01', '.gp-supervisor'])
    await rm(join(rig.data, name), { recursive: true, force: true })
}

describe('TERM at any time', () => {
  it('of a first start ends clean, and the next start is whole', async () => {
    const rig = await createRig(withInitdb)
    const stages = new Set<string>()
    for (const after of points(await readyAfter(rig), 14)) {
      await emptyVolume(rig)
      const run = rig.start()
      await run.answers('/livez')
      await sleep(after)
      await run.stop()
      await expectClean(rig, run)
      stages.add(verdictOf(run).phase)
    }
    await emptyVolume(rig)
    await readyAfter(rig)
    expect(stages).toContain('starting')
  }, 600_000)

  it('of a later start ends clean, and loses no committed row', async () => {
    const rig = await createRig()
    await readyAfter(rig, () => rig.query('CREATE TABLE kept (point int)'))
    const committed: number[] = []
    for (const after of points(await readyAfter(rig), 10)) {
      const run = rig.start()
      await run.answers('/livez')
      await sleep(after)
      const insert = rig.query(`INSERT INTO kept VALUES (${after})`)
      if (
        await insert.then(
          () => true,
          () => false,
        )
      )
        committed.push(after)
      await run.stop()
      await expectClean(rig, run)
    }
    const check = rig.start()
    await check.answers('/readyz')
    const rows = await rig.query('SELECT point FROM kept ORDER BY point')
    expect(rows.map(({ point }) => point)).toEqual(committed)
    expect(committed.length).toBeGreaterThan(0)
    await check.stop()
  }, 600_000)

  it('leaves the servers running when the bare script gets it mid-way (negative control)', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const script = launchStartScript({
      root: rig.standIn.root,
      environment: rig.standIn.environment,
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => script.once('exit', resolve))
    await eventually('the coordinator runs', () => rig.processes().coordinator)
    script.kill('SIGTERM')
    await ended
    expect(rig.processes().coordinator).toBeDefined()
    expect((await stat(join(rig.data, 'master/gpseg-1/postmaster.pid'))).isFile()).toBe(true)
  })

  it('twice ends the wait for a tool at work', async () => {
    const rig = await createRig({ STANDIN_TIME_SCALE: '1' })
    const run = rig.start()
    await eventually('gpinitsystem is at work', () =>
      rig.processes().scripts.some(({ name }) => name === 'gpinitsystem'),
    )
    run.child.kill('SIGTERM')
    await eventually('it waits for the tool', () =>
      run.log().some(({ msg }) => msg.includes('running Greenplum tool')),
    )
    run.child.kill('SIGTERM')
    const begin = Date.now()
    expect(await run.exited).toBe(0)
    expect(Date.now() - begin).toBeLessThan(15_000)
    await expectClean(rig, run)
  })
})
