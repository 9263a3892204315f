/**
 * TERM at any moment of the first start: each stop is proven clean or leaves the marker of an unfinished first
 * start, and the next start becomes ready. What a client from outside has committed meanwhile is there after it.
 */
import { describe, expect, it } from 'vitest'
import { eventually, halfOf, points, sleep, type Half } from './clock.ts'
import { readyAfterMs } from './observed.ts'
import { createStand, hasEngine, type Stand, mustBeProven } from './stand.ts'

const where = 'host=greenplum user=gpadmin dbname=gp_dwh connect_timeout=2'

/** Tries again and again, from elsewhere and with the password, until it has made its table. */
const client = {
  image: 'postgres:16',
  environment: { PGPASSWORD: 'gpadmin' },
  stop_grace_period: '0s',
  entrypoint: [
    'timeout',
    '300',
    'bash',
    '-c',
    `until psql '${where}' -XqAtc 'CREATE TABLE kept AS SELECT 1 AS point'; do sleep 0.05; done; echo committed`,
  ],
}

/** One half of the sweep, on a stand of its own; each half also takes the moment when the client has just got in. */
export function sweepFirstStart(half: Half): void {
  describe.runIf(hasEngine())('TERM in the first start', () => {
    it(`swept, ${half} points: clean or marked, and healthy at the next start`, async () => {
      const stand = await createStand({ initdb: true, more: { services: { client } } })
      await stand.up()
      let committed = 0
      const moments = [
        ...halfOf(points(readyAfterMs(await stand.log()) + 500), half).map((ms) => () => sleep(ms)),
        clientIsIn,
      ]
      for (const moment of moments) {
        await stand.down({ volumes: true })
        await createAndStop(stand, moment)
        const verdict = await stand.verdict()
        if (!verdict.firstStartUnfinished) mustBeProven(verdict)
        expect(verdict.exitCode).toBe(0)
        expect((await stand.state()).exitCode).toBe(0)
        const text = await saidByClient(stand)
        await stand.start()
        expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
        const isIn = text.includes('committed')
        expect(isIn ? await stand.sql('SELECT point FROM kept') : '1').toBe('1')
        committed += Number(isIn)
        const again = await stand.stop()
        mustBeProven(again)
      }
      expect(committed).toBeGreaterThan(0)
    })
  })
}

/** A new container, and TERM at some moment after the supervisor's first line. */
async function createAndStop(stand: Stand, moment: (stand: Stand) => Promise<unknown>): Promise<void> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum', 'client')
  await stand.waitForLog('the first line', ({ msg }) => msg === 'listening')
  await moment(stand)
  await stand.stop()
}

const saidByClient = async (stand: Stand) => (await stand.docker('logs', `${stand.project}-client-1`)).text

/** The password is set just before ready, so this is a moment of its own. */
const clientIsIn = (stand: Stand) =>
  eventually('the client is in', async () => (await saidByClient(stand)).includes('committed'))
