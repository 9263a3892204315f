import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { beginOnCoordinator, beginOnHost, endOn, firstStartHere, hostsIn, isId } from './first-start.ts'

let data: string
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'first-start-'))
})
afterEach(() => rm(data, { recursive: true, force: true }))

const config = () =>
  loadConfig({
    environment: { GREENPLUM_DEPLOYMENT: 'segment', GREENPLUM_DATA_DIRECTORY: data },
    hostname: 'one',
    readFile: () => '',
  }).greenplum
const [id, other] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const
const begin = (which: string) => beginOnHost(config(), which, () => Promise.resolve(''))

async function makeServer(path: string): Promise<void> {
  await mkdir(join(data, path, 'global'), { recursive: true })
  await writeFile(join(data, path, 'global/pg_control'), '')
}
const below = (path: string) => readdir(join(data, path), { recursive: true })

describe('a segment host', () => {
  it('keeps what it has where it was not marked for this very first start', async () => {
    await makeServer('00/primary/gpseg0')
    // A coordinator whose volume is new tries again and again, with the same id.
    for (const which of [id, id, id, other]) {
      await expect(begin(which)).rejects.toThrow(
        `it has servers that this first start has not made: ${join(data, '00/primary/gpseg0')}; if nobody needs them, remove the volume of this host`,
      )
      expect(await below('00')).toContain('primary/gpseg0/global/pg_control')
    }
    expect(await firstStartHere(data)).toBeUndefined()
  })

  it('keeps what was there before, however often the same first start is tried', async () => {
    await makeServer('00/primary/gpseg0')
    for (const attempt of [1, 2, 3])
      await expect(begin(id), `attempt ${attempt}`).rejects.toThrow(
        'servers that this first start has not made',
      )
    expect(await below('00')).toContain('primary/gpseg0/global/pg_control')
    expect(await firstStartHere(data)).toBeUndefined()
  })

  it('keeps servers of another prefix as well, which lie in the same folders', async () => {
    await makeServer('00/primary/older0')
    for (const _ of [1, 2]) await expect(begin(id)).rejects.toThrow('00/primary/older0')
    expect(await below('00')).toContain('primary/older0/global/pg_control')
  })

  it('moves aside what the same first start left half-made, and makes its folders again', async () => {
    expect(await begin(id)).toBeUndefined()
    await makeServer('00/primary/gpseg0')
    await makeServer('00/mirror/gpseg1')
    const to = await begin(id)
    expect(to).toMatch(/\.gp-supervisor\/interrupted-/)
    expect((await below('00')).toSorted()).toEqual(['mirror', 'primary'])
    expect(await readdir(join(to ?? '', '00/primary'))).toEqual(['gpseg0'])
    expect(await begin(id)).toMatch(/interrupted-/)
  })

  it('keeps it once the first start has ended', async () => {
    await begin(id)
    await makeServer('00/primary/gpseg0')
    await endOn(data, other)
    expect(await firstStartHere(data)).toBe(id)
    await endOn(data, id)
    expect(await firstStartHere(data)).toBeUndefined()
    await expect(begin(id)).rejects.toThrow('it has servers that this first start has not made')
    expect(await below('00')).toContain('primary/gpseg0/global/pg_control')
  })
})

it('the coordinator keeps its id over interrupted attempts', async () => {
  const first = await beginOnCoordinator(data)
  expect(isId(first)).toBe(true)
  expect(await beginOnCoordinator(data)).toBe(first)
  await endOn(data, first)
  expect(await beginOnCoordinator(data)).not.toBe(first)
  // What is no id is none.
  await writeFile(join(data, '.gp-supervisor/first-start.json'), '{"version":1,"id":"x"}')
  expect(await firstStartHere(data)).toBeUndefined()
})

it('reads the hosts as gpinitsystem does', async () => {
  const file = join(data, 'hosts')
  expect(await hostsIn(file)).toEqual([])
  await writeFile(file, 'segment1\n\n# a comment\nsegment2\nsegment1')
  expect(await hostsIn(file)).toEqual(['segment1', 'segment2'])
})
