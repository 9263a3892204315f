/** First starts that adopt the image's prepared cluster: on every kind of mount, cut off, and with data of one's own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, inject, it } from 'vitest'
import { eventually, sleep } from './clock.ts'
import { standImage } from './setup/images.ts'
import {
  createStand,
  hasEngine,
  mustBeProven,
  mustSucceed,
  scratch,
  tmpfsVolume,
  type Stand,
} from './stand.ts'

const wasAdopted = async (stand: Stand, when: 'last' | 'all' = 'last'): Promise<boolean> =>
  (await stand.log(when)).some(({ msg }) => msg === 'prepared cluster: adopted; gpinitsystem is not needed')

async function mustBeWhole(stand: Stand): Promise<void> {
  expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
  await stand.sql('CREATE TABLE made AS SELECT 1 AS point')
  mustBeProven(await stand.stop())
  await stand.start()
  expect(await stand.sql('SELECT point FROM made')).toBe('1')
}

describe.runIf(hasEngine())('a prepared cluster', () => {
  it('is adopted on a named volume, under another host name and for another database', async () => {
    const stand = await createStand({
      environment: { GP_DB: 'school' },
      greenplum: { hostname: 'some-pod-0' },
    })
    await stand.up()
    expect(await wasAdopted(stand)).toBe(true)
    expect(await stand.sql('SELECT DISTINCT hostname FROM gp_segment_configuration', 'school')).toBe(
      'some-pod-0',
    )
    const all = await stand.sql('SELECT datname FROM pg_database ORDER BY 1', 'school')
    expect(all.split('\n')).toEqual(['postgres', 'school', 'template0', 'template1'])
  })

  it('is adopted on a bind mount', async () => {
    const stand = await createStand()
    const folder = join(scratch(stand.project), 'data')
    mkdirSync(folder)
    stand.set({ greenplum: { volumes: [`${folder}:/data`] } })
    await stand.up()
    expect(await wasAdopted(stand)).toBe(true)
    await mustBeWhole(stand)
  })

  it('is adopted in memory, where the volume lives as long as its container', async () => {
    const stand = await createStand({ more: { volumes: { greenplum_data: tmpfsVolume('2g') } } })
    await stand.up()
    expect(await wasAdopted(stand)).toBe(true)
    expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
    mustBeProven(await stand.stop())
  })

  it('is left alone where it is switched off, and the log says so', async () => {
    const stand = await createStand({ environment: { GP_PREPARED: 'off' } })
    await stand.up()
    expect(await wasAdopted(stand)).toBe(false)
    await stand.waitForLog(
      'the reason',
      ({ msg }) =>
        msg ===
        'prepared cluster: not used, because GREENPLUM_PREPARED=off; gpinitsystem creates the cluster',
    )
  })

  it.each([0, 150, 300, 450, 600, 800])('heals where it is killed %i ms after it began', async (ms) => {
    const stand = await createStand({ greenplum: { restart: 'no' } })
    await beginFirstStart(stand)
    await sleep(ms)
    await stand.docker('kill', stand.container)
    await stand.start()
    // On a quick machine it was complete already, and this is a later start.
    expect(await wasAdopted(stand, 'all')).toBe(true)
    await mustBeWhole(stand)
  })

  it.each([50, 250, 500])(
    'is stopped well %i ms after it began: proven or marked, and healthy after',
    async (ms) => {
      const stand = await createStand({ greenplum: { restart: 'no' } })
      await beginFirstStart(stand)
      await sleep(ms)
      const { exitCode } = await stand.stop()
      expect(exitCode).toBe(0)
      await stand.start()
      await mustBeWhole(stand)
    },
  )

  it('takes data along: from a stopped volume into an image, and from there onto an empty volume', async () => {
    const source = await createStand()
    await source.up()
    await source.sql('CREATE TABLE loaded AS SELECT n FROM generate_series(1, 100000) AS n')
    mustBeProven(await source.stop())
    const volume = `${source.project}_greenplum_data`

    const folder = join(scratch(source.project), 'baked')
    mkdirSync(folder)
    const run = ['run', '--rm', '--entrypoint', 'gp-supervisor', '--volume', `${volume}:/data`, standImage]
    const packing = await dockerInto(join(folder, 'cluster.tar.zst'), ...run, 'pack', '--output', '-')
    expect(packing).toContain('packing /data/master/gpseg-1')
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM ${standImage}\nCOPY --chmod=644 cluster.tar.zst /opt/gp-supervisor/cluster.tar.zst\n`,
    )
    const tag = `${source.project}:baked`
    mustSucceed(await source.docker('build', '--quiet', '--pull=false', '--tag', tag, folder))
    await source.down({ volumes: true })

    const stand = await createStand({ greenplum: { image: tag } })
    await stand.up()
    expect(await wasAdopted(stand)).toBe(true)
    expect(await stand.sql('SELECT count(*) FROM loaded')).toBe('100000')
    await mustBeWhole(stand)
    await stand.down({ volumes: true })
    await stand.docker('rmi', tag)
  })
})

/** Until the start script is about to create the cluster. */
async function beginFirstStart(stand: Stand): Promise<void> {
  mustSucceed(await stand.compose('up', '--detach', '--no-build', 'greenplum'))
  await eventually('gpinitsystem', async () =>
    (await stand.log()).some(({ msg }) => msg === 'Initialize GPDB'),
  )
}

/** A docker command whose standard output goes into a file. @returns its standard error */
async function dockerInto(file: string, ...words: string[]): Promise<string> {
  const engine = inject('engine')
  if (engine === undefined) throw new Error('there is no Docker Engine')
  const run = { stdin: 'ignore', stdout: { file }, env: engine.environment } as const
  return (await execa(engine.docker, [...words], run)).stderr
}
