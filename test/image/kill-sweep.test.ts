/** SIGKILL of the container at any moment of the first start. */
import { describe, expect, it } from 'vitest'
import { points, sleep, sweepPoints } from './clock.ts'
import { readyAfterMs } from './observed.ts'
import { createStand, hasEngine, type Stand } from './stand.ts'

describe.runIf(hasEngine())('SIGKILL', () => {
  it('of the container, swept over the first start: healed, nothing deleted, healthy at the next start', async () => {
    const stand = await createStand({ initdb: true })
    await stand.up()
    let healed = 0
    for (const after of points(readyAfterMs(await stand.log()), Math.ceil((sweepPoints * 2) / 3))) {
      await stand.down({ volumes: true })
      await stand.compose('up', '--detach', '--no-build', 'greenplum')
      await stand.waitForLog('the first line', ({ msg }) => msg === 'listening')
      await sleep(after)
      await stand.docker('kill', stand.container)
      await stand.start()
      expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
      healed += await expectHealed(stand)
    }
    // Some of the points lie where directories were half made.
    expect(healed).toBeGreaterThan(0)
  })
})

/** @returns 1 when something had to be moved aside; then it lies there, and nothing else */
async function expectHealed(stand: Stand): Promise<number> {
  const moved = (await stand.log()).find(({ msg }) => msg.includes('moved aside'))
  if (moved === undefined) return 0
  const names = moved['moved'] as string[]
  const { text } = await stand.exec('ls', String(moved['to']))
  expect(text.split('\n').toSorted()).toEqual([...names].toSorted())
  return 1
}
