/** A first start that adopts a prepared cluster: what it makes of it, what ends it, and what it refuses. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { matchesHash } from '../../src/greenplum/password-hash.ts'
import { letsClientsIn } from '../../src/hba/rule.ts'
import { sleep } from '../../src/time.ts'
import { archiveFor, builder, killAll, pack, packCluster, type Packed } from './prepared.ts'
import { createRig, type LogRecord, type Rig, type Run } from './rig.ts'

let packed: Packed
beforeAll(async () => {
  packed = await packCluster()
}, 60_000)

/** What the log says of the prepared cluster, durations left out. */
const said = (run: Run): string[] =>
  run
    .log()
    .filter(({ msg }: LogRecord) => msg.startsWith('prepared cluster: '))
    .map(({ msg }) => msg.replace('prepared cluster: ', '').replace(/in \d+\.\d s/, 'in … s'))

const adopted = ['unpacked in … s', 'made the one of this host in … s', 'adopted; gpinitsystem is not needed']
const ranGpinitsystem = (run: Run): boolean =>
  run.log().some(({ msg }) => msg.includes('Building the Master instance database'))
const marker = async (rig: Rig) =>
  (JSON.parse(await rig.file('.gp-supervisor/volume.json')) as { state: string }).state

async function askSegment({ standIn }: Rig, content: number, sql: string) {
  const client = new Client({
    host: '127.0.0.1',
    port: standIn.ports.coordinator + 1 + content,
    user: 'gpadmin',
    database: 'postgres',
  })
  await client.connect()
  try {
    return (await client.query<Record<string, string>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('a first start with a prepared cluster', () => {
  it('is ready without gpinitsystem, under other names, with its own password on every server', async () => {
    const rig = await createRig()
    const { data, standIn } = rig
    writeFileSync(
      join(standIn.layout.initScripts, '10-own.sql'),
      'CREATE TABLE own AS SELECT current_database() AS name;\n',
    )
    const password = 'a-good-one'
    const run = rig.start({
      PREPARED_CLUSTER_FILE: archiveFor(rig, packed),
      GREENPLUM_DATABASE_NAME: 'school',
      GREENPLUM_PASSWORD: password,
      TZ: 'Europe/Moscow',
    })
    await run.answers('/readyz')
    expect(said(run)).toEqual(adopted)
    expect(ranGpinitsystem(run)).toBe(false)
    expect((await run.status()).start).toBe('first-prepared')
    expect(await rig.query('SELECT name FROM own', 'school')).toEqual([{ name: 'school' }])
    const databases = await rig.query('SELECT datname FROM pg_database ORDER BY 1', 'school')
    expect(databases.map(({ datname }) => datname)).toEqual(['postgres', 'school', 'template0', 'template1'])
    expect(await rig.query('SHOW timezone', 'school')).toEqual([{ TimeZone: 'Europe/Moscow' }])
    const stored = 'SELECT rolpassword FROM pg_authid WHERE rolname = current_user'
    const hashes = [
      ...(await rig.query(stored, 'school')),
      ...(await askSegment(rig, 0, stored)),
      ...(await askSegment(rig, 1, stored)),
    ]
    const [{ rolpassword: hash } = {}] = hashes
    expect(hashes).toEqual([{ rolpassword: hash }, { rolpassword: hash }, { rolpassword: hash }])
    expect(await matchesHash(String(hash), { user: 'gpadmin', password })).toBe('same')
    expect(await marker(rig)).toBe('initialized')
    expect(existsSync(join(data, '.gp-supervisor/adopting'))).toBe(false)
    // The password is nowhere, and the addresses of the builder have gone.
    expect(await rig.serverLog()).not.toContain(password)
    expect(await run.stop()).toBe(0)

    const later = rig.start({ GREENPLUM_DATABASE_NAME: 'school', GREENPLUM_PASSWORD: password })
    await later.answers('/readyz')
    expect(said(later)).toEqual([])
    expect(await later.stop()).toBe(0)
  })

  it('gets the name of its host into the catalog, and a random password where none is needed', async () => {
    const rig = await createRig()
    const file = archiveFor(rig, packed)
    // As soon as it is in place; a start of the stand-in writes the catalog again.
    const run = rig.start({
      PREPARED_CLUSTER_FILE: file,
      STANDIN_GPSTART: 'fail',
      GREENPLUM_FAST_START: 'off',
    })
    await run.exited
    expect(said(run)).toEqual(adopted)
    const catalog = (await rig.file('master/gpseg-1/standin_servers')).trimEnd().split('\n')
    expect(catalog).toHaveLength(3)
    expect(catalog.map((line) => line.split('\t').slice(7, 9))).toEqual(
      catalog.map(() => [hostname(), hostname()]),
    )
    expect(readFileSync(file).includes(builder)).toBe(true)
  })

  it('is packed again with the data that it got', async () => {
    const rig = await createRig()
    const first = rig.start({ PREPARED_CLUSTER_FILE: archiveFor(rig, packed) })
    await first.answers('/readyz')
    await rig.query('CREATE TABLE loaded AS SELECT * FROM generate_series(1, 1000) AS n')
    expect(await first.stop()).toBe(0)
    const { root, ports } = rig.standIn
    const own = { bytes: await pack(rig), root, port: ports.coordinator }

    const other = await createRig()
    const second = other.start({ PREPARED_CLUSTER_FILE: archiveFor(other, own) })
    await second.answers('/readyz')
    expect(await other.query('SELECT count(*)::int FROM loaded')).toEqual([{ count: 1000 }])
    expect(await second.stop()).toBe(0)
  })
})

describe('pack', () => {
  it('leaves out the rule by which a complete cluster is recognized', async () => {
    const rig = await createRig()
    const run = rig.start({
      PREPARED_CLUSTER_FILE: archiveFor(rig, packed),
      STANDIN_GPSTART: 'fail',
      GREENPLUM_FAST_START: 'off',
    })
    await run.exited
    const lines = (await rig.file('master/gpseg-1/pg_hba.conf')).split('\n')
    // The script has appended it by then, once.
    expect(lines.filter(letsClientsIn)).toEqual(['host all all 0.0.0.0/0 md5'])
  })

  it('refuses a cluster that runs, that was killed, or whose first start has not finished', async () => {
    const rig = await createRig()
    const run = rig.start({ PREPARED_CLUSTER_FILE: archiveFor(rig, packed) })
    await run.answers('/readyz')
    await expect(pack(rig)).rejects.toThrow('another container is using it')
    killAll(rig.standIn.root)
    await run.exited
    await expect(pack(rig)).rejects.toThrow(
      /cannot pack the cluster: it is not shut down: .*master\/gpseg-1 is in production/,
    )
    writeFileSync(join(rig.data, '.gp-supervisor/volume.json'), '{"version":1,"state":"serving","since":""}')
    await expect(pack(rig)).rejects.toThrow('its first start has not finished (serving)')
  })
})

describe('an adoption that is killed', () => {
  const moments = 12
  const everyMs = 60

  it.each(Array.from({ length: moments }, (_, index) => index * everyMs))(
    'heals: %i ms after it began',
    async (ms) => {
      const rig = await createRig()
      const file = archiveFor(rig, packed)
      const run = rig.start({ PREPARED_CLUSTER_FILE: file })
      await expect
        .poll(() => run.log().some(({ msg }) => msg === 'Initialize GPDB'), { timeout: 20_000, interval: 5 })
        .toBe(true)
      await sleep(ms)
      killAll(rig.standIn.root)
      await run.exited

      const second = rig.start({ PREPARED_CLUSTER_FILE: file })
      await second.answers('/readyz')
      expect(ranGpinitsystem(second)).toBe(false)
      expect(await rig.query('SELECT count(*)::int FROM gp_segment_configuration')).toEqual([{ count: 3 }])
      expect(await marker(rig)).toBe('initialized')
      expect(readdirSync(join(rig.data, '.gp-supervisor')).filter((name) => name === 'adopting')).toEqual([])
      expect(await second.stop()).toBe(0)
    },
  )
})

describe('gpinitsystem runs, and the log says why,', () => {
  const refused = async (rig: Rig, environment: Readonly<Record<string, string>>) => {
    const run = rig.start(environment)
    await run.answers('/readyz')
    expect(ranGpinitsystem(run)).toBe(true)
    expect((await run.status()).start).toBe('first-gpinitsystem')
    const prefix = environment['GREENPLUM_SEG_PREFIX'] ?? 'gpseg'
    expect(existsSync(join(rig.data, `master/${prefix}-1/PG_VERSION`))).toBe(true)
    expect(existsSync(join(rig.data, '.gp-supervisor/adopting'))).toBe(false)
    expect(await run.stop()).toBe(0)
    return said(run)
  }

  it('where it is switched off, or there is no archive', async () => {
    const rig = await createRig()
    expect(
      await refused(rig, { PREPARED_CLUSTER_FILE: archiveFor(rig, packed), GREENPLUM_PREPARED: 'off' }),
    ).toEqual(['not used, because GREENPLUM_PREPARED=off; gpinitsystem creates the cluster'])
    const other = await createRig()
    expect(await refused(other, { PREPARED_CLUSTER_FILE: '/nowhere' })).toEqual([
      'not used, because there is none (/nowhere); gpinitsystem creates the cluster',
    ])
  })

  it('where the archive is of another release, or of another program', async () => {
    const rig = await createRig()
    const file = archiveFor(rig, packed, (manifest) => ({ ...manifest, catalogVersion: '1' }))
    expect(await refused(rig, { PREPARED_CLUSTER_FILE: file })).toEqual([
      expect.stringMatching(/^not used, because its catalog version is 1, and here it is \d+; gpinitsystem/),
    ])
    const other = await createRig()
    const foreign = join(other.standIn.layout.state, 'foreign.tar.zst')
    writeFileSync(foreign, Buffer.alloc(100_000, 'x'))
    expect(await refused(other, { PREPARED_CLUSTER_FILE: foreign })).toEqual([
      expect.stringContaining('cannot be used: it is not an archive of gp-supervisor pack'),
    ])
  })

  it('where the archive is damaged: a flipped bit is found before anything is in its place', async () => {
    const rig = await createRig()
    const file = archiveFor(rig, packed)
    const bytes = readFileSync(file)
    const { length } = bytes
    const at = length - 5000
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file, bytes)
    expect(await refused(rig, { PREPARED_CLUSTER_FILE: file })).toEqual([
      expect.stringMatching(
        /^cannot be adopted: cannot unpack 01\/primary\/gpseg1 from .*; gpinitsystem creates the cluster$/,
      ),
    ])
    const other = await createRig()
    const cut = archiveFor(other, packed)
    writeFileSync(cut, readFileSync(cut).subarray(0, length / 2))
    expect(await refused(other, { PREPARED_CLUSTER_FILE: cut })).toEqual([
      expect.stringMatching(/cannot be used: it has \d+ bytes instead of \d+; gpinitsystem/),
    ])
  })

  it('where the configuration is another', async () => {
    const rig = await createRig()
    expect(
      await refused(rig, { PREPARED_CLUSTER_FILE: archiveFor(rig, packed), GREENPLUM_SEG_PREFIX: 'own' }),
    ).toEqual([
      'not used, because its segment prefix is gpseg, and here it is own; gpinitsystem creates the cluster',
    ])
    const other = await createRig()
    const file = archiveFor(other, packed, (manifest) => ({
      ...manifest,
      assignments: { ...manifest.assignments, HEAP_CHECKSUM: 'off' },
    }))
    expect(await refused(other, { PREPARED_CLUSTER_FILE: file })).toEqual([
      'not used, because gpinitsystem_config has another HEAP_CHECKSUM; gpinitsystem creates the cluster',
    ])
  })
})
