/**
 * TERM at any moment of the first start: each stop is proven clean or leaves the marker of an unfinished first
 * start, and the next start becomes ready.
 */
import { describe, expect, it } from 'vitest'
import { points, sleep } from './clock.ts'
import { readyAfterMs } from './observed.ts'
import { createStand, hasEngine, type Stand, mustBeProven } from './stand.ts'

describe.runIf(hasEngine())('TERM in the first start', () => {
  it('swept: clean or marked, and healthy at the next start', async () => {
    const stand = await createStand()
    await stand.up()
    for (const after of points(readyAfterMs(await stand.log()) + 500)) {
      await stand.down({ volumes: true })
      await createAndStop(stand, after)
      const verdict = await stand.verdict()
      if (!verdict.firstStartUnfinished) mustBeProven(verdict)
      expect(verdict.exitCode).toBe(0)
      expect((await stand.state()).exitCode).toBe(0)
      await stand.start()
      expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
      const again = await stand.stop()
      mustBeProven(again)
    }
  })
})

/** A new container, and TERM so many milliseconds after the supervisor's first line. */
async function createAndStop(stand: Stand, afterMs: number): Promise<void> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  await stand.waitForLog('the first line', ({ msg }) => msg === 'listening')
  await sleep(afterMs)
  await stand.stop()
}
