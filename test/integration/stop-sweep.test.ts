import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchStartScript } from '../../stand-in/launch.ts'
import { createRig, eventually, sleep, verdictOf, type Rig } from './rig.ts'

/** After a stop nothing runs, and either the stop is proven or the marker of an unfinished first start is there. */
async function expectClean(rig: Rig, run: ReturnType<Rig['start']>): Promise<void> {
  expect(await run.exited).toBe(0)
  const verdict = verdictOf(run)
  const marker = await rig.file('.gp-supervisor/volume.json').catch(() => '')
  expect(verdict.proven || marker.includes('"initializing"')).toBe(true)
  expect(rig.processes()).toMatchObject({ coordinator: undefined, pxf: undefined, scripts: [] })
}

/** Milliseconds after the start at which the stop is asked for; every stage of the scaled timeline gets some. */
const points = (last: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round((last * i) / (count - 1)))

describe('TERM at any time', () => {
  it('of a first start ends clean, and the next start is whole', async () => {
    const rig = await createRig()
    const stages = new Set<string>()
    for (const after of points(6500, 14)) {
      const run = rig.start()
      await run.answers('/livez')
      await sleep(after)
      await run.stop()
      await expectClean(rig, run)
      stages.add(verdictOf(run).phase)
      // From the first time that it was ready on, starts are later ones: begin anew for the next point.
      for (const name of ['master', '00', '01', '.gp-supervisor'])
        await rm(join(rig.data, name), { recursive: true, force: true })
    }
    const run = rig.start()
    await run.answers('/readyz')
    expect(await run.stop()).toBe(0)
    expect(stages).toContain('starting')
  }, 600_000)

  it('of a later start ends clean, and loses no committed row', async () => {
    const rig = await createRig()
    const first = rig.start()
    await first.answers('/readyz')
    await rig.query('CREATE TABLE kept (point int)')
    await first.stop()
    const committed: number[] = []
    for (const after of points(2500, 10)) {
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
    await eventually('it waits for the tool', () => run.log().some(({ msg }) => msg.includes('tool at work')))
    run.child.kill('SIGTERM')
    const begin = Date.now()
    expect(await run.exited).toBe(0)
    expect(Date.now() - begin).toBeLessThan(15_000)
    await expectClean(rig, run)
  })
})
