/**
 * Base images of other families, as look-alikes: other names, folders and versions, under the project's own files. How a
 * real server of another family differs, they cannot show (docs/reference/images.md says what was tried on one).
 */
import { describe, expect, it } from 'vitest'
import { needsStandIn } from './setup/base.ts'
import { familyImage, otherFamilies } from './setup/images.ts'
import { createStand, hasEngine, mustBeProven, type Stand } from './stand.ts'

const seen = {
  greengage6: { family: 'greenplum6', reason: '/usr/local/greenplum-db has PostgreSQL 9.4' },
  greengage7: { family: 'greenplum7', reason: '/usr/local/greenplum-db has PostgreSQL 12' },
  warehousepg7: { family: 'greenplum7', reason: '/usr/local/greenplum-db has PostgreSQL 12' },
  cloudberry: { family: 'cloudberry', reason: '/usr/local/cloudberry-db has PostgreSQL 14' },
} as const

/** The way of a start, in its own words; seconds are left out. */
const wayOf = async (stand: Stand): Promise<string[]> =>
  (await stand.log()).map(({ msg }) => msg.replace(/ in [\d.]+ s$/, ''))

describe.runIf(hasEngine())('another family', () => {
  it.for(otherFamilies)(
    '%s: recognised, with a prepared cluster, a fast start, the logs of its servers, and a stop that is proven',
    async (name, context) => {
      needsStandIn(context, 'look-alikes are made from it')
      const stand = await createStand({
        greenplum: { image: familyImage(name) },
        environment: { GP_PASSWORD: 'of another family', GP_DB: 'another_db' },
      })
      await stand.up()
      const { phase, image, components } = await stand.status()
      expect({ phase, image }).toEqual({
        phase: 'ready',
        image: { chosen: 'seen', ...seen[name] },
      })
      expect(Object.values(components).filter(({ state }) => !/^(ready|disabled)$/.test(state))).toEqual([])
      expect(components.protocols.entries?.map(({ state }) => state)).toEqual(['ready', 'ready'])
      expect(await wayOf(stand)).toContain('prepared cluster: adopted; gpinitsystem is not needed')
      expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')", 'another_db')).toBe('2')

      await expect(stand.sql("SELECT 'of this family'::int", 'another_db')).rejects.toThrow('of this family')
      const relayed = await stand.waitForLog('the error', ({ msg }) => msg.includes('of this family'))
      expect(relayed).toMatchObject({ level: 'error', content: -1, role: 'coordinator', port: 5432 })

      mustBeProven(await stand.stop())
      await stand.start()
      expect(await wayOf(stand)).toContain('fast start: 3 servers started')
      mustBeProven(await stand.stop())
    },
  )
})
