/**
 * TERM at any moment of a later start: each stop is proven clean, the next start becomes ready, and whatever was
 * committed before a stop is there after it.
 */
import { describe, expect, it } from 'vitest'
import { halfOf, points, sleep, type Half } from './clock.ts'
import { createStand, hasEngine, type Stand, mustBeProven } from './stand.ts'

/** One half of the sweep, on a stand of its own. */
export function sweepLaterStart(half: Half): void {
  describe.runIf(hasEngine())('TERM in a later start', () => {
    it(`swept, ${half} points: always proven clean, and every committed row is there`, async () => {
      const stand = await createStand({ initdb: true })
      await stand.up()
      await stand.sql('CREATE TABLE kept (point int)')
      await stand.stop()
      const timeline = await laterStartMs(stand)
      const committed: number[] = []
      for (const after of halfOf(points(timeline), half)) {
        const begin = Date.now()
        await stand.docker('start', stand.container)
        await sleep(after)
        const early = await stand.sql(`INSERT INTO kept VALUES (${after})`).catch(() => undefined)
        if (early !== undefined) committed.push(after)
        await stopAnywhere(stand, begin)
        await stand.start()
        await stand.sql(`INSERT INTO kept VALUES (-${after + 1})`)
        committed.push(-after - 1)
        await expectProven(stand)
      }
      await stand.start()
      const rows = (await stand.sql('SELECT point FROM kept')).split('\n').map(Number)
      expect(rows.toSorted((a, b) => a - b)).toEqual(committed.toSorted((a, b) => a - b))
    })
  })
}

/** Before the supervisor's first line there is only the entrypoint, which ends at once: nothing has begun. */
async function stopAnywhere(stand: Stand, since: number): Promise<void> {
  const begin = Date.now()
  await stand.docker('stop', stand.container)
  const began = (await stand.log()).some(({ time }) => Date.parse(time) >= since)
  if (began) return mustBeProven(await stand.verdict())
  expect((await stand.state()).exitCode).toBe(143)
  expect(Date.now() - begin).toBeLessThan(30_000)
}

async function expectProven(stand: Stand): Promise<void> {
  const verdict = await stand.stop()
  mustBeProven(verdict)
  expect((await stand.state()).exitCode).toBe(0)
}

async function laterStartMs(stand: Stand): Promise<number> {
  const begin = Date.now()
  await stand.start()
  const ready = await stand.waitForLog(
    'ready',
    ({ msg, time }) => msg === 'ready' && Date.parse(time) >= begin,
  )
  await stand.stop()
  return Date.parse(ready.time) - begin + 300
}
