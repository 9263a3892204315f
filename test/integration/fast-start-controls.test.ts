/** What the checks of a fast start prevent: with each of them left out, what happens then. */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import type { Client } from 'pg'
import type { CheckName } from '../../src/fast-start/judge.ts'
import {
  directoryOf,
  fastStartWithout,
  initializedRig,
  runProgram,
  withConnection,
  withSegment,
} from './fast-start-rig.ts'
import type { Rig } from './rig.ts'

describe('without one of its checks a fast start', () => {
  it('stops a cluster that runs already (running, orphans, sockets)', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    const { coordinator } = rig.processes()
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: `${directoryOf(rig, -1)}: its server runs already (pid ${coordinator})`,
    })
    expect(rig.processes().coordinator).toBe(coordinator)
    expect((await fastStartWithout(rig, ['running', 'orphans', 'sockets'])).kind).toBe('failed')
    expect(rig.processes()).toMatchObject({ coordinator: undefined, segments: [undefined, undefined] })
    await run.stop()
  })

  it('gives two generations of processes the same files (orphans)', async () => {
    const rig = await initializedRig()
    const directory = directoryOf(rig, 0)
    // As a backend that has outlived its postmaster: without a pid file nothing else shows it.
    const orphan = spawn('sleep', ['600'], { cwd: directory, stdio: 'ignore', ...accountToDropTo() })
    onTestFinished(() => void orphan.kill())
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: `${directory}: processes work in it: ${orphan.pid}`,
    })
    expect(await fastStartWithout(rig, ['orphans'])).toEqual({ kind: 'started' })
    expect(orphan.exitCode).toBeNull()
  })

  it('opens a cluster that lacks a part of its data (contents, catalog)', async () => {
    const rig = await initializedRig()
    renameSync(directoryOf(rig, 0), join(rig.data, 'away'))
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: 'its content ids are -1, 1 instead of -1, 0',
    })
    // The catalog is the second line of defense.
    const outcome = await fastStartWithout(rig, ['contents'])
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^the catalog has .*gpseg0.*; started were /) as string,
    })
    expect(rig.processes().coordinator).toBeUndefined()
    expect(await fastStartWithout(rig, ['contents', 'catalog'])).toEqual({ kind: 'started' })
    await expect(
      withConnection(rig, (client) => client.query("SELECT * FROM gp_dist_random('gp_id')")),
    ).rejects.toThrow('failed to acquire resources on one or more segments')
  })

  it('opens a cluster with a segment that cannot be written (mirrors)', async () => {
    const rig = await initializedRig()
    const directory = directoryOf(rig, 1)
    writeFileSync(join(directory, 'standby.signal'), '')
    appendFileSync(join(directory, 'postgresql.conf'), "restore_command = ''\n")
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: `${directory}: it has standby.signal, as a mirror or a standby`,
    })
    expect(existsSync(join(directory, 'postmaster.pid'))).toBe(false)
    expect(await fastStartWithout(rig, ['mirrors'])).toEqual({ kind: 'started' })
    const { rows } = await withSegment(rig, 1, (client) => client.query('SELECT pg_is_in_recovery() AS it'))
    expect(rows).toEqual([{ it: true }])
  })

  it('opens a cluster of which one server does not notice a damaged page (checksums)', async () => {
    const rig = await initializedRig()
    await createWithoutChecksums(rig, 1)
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: 'its servers differ in their checksum setting',
    })
    expect(await fastStartWithout(rig, ['checksums'])).toEqual({ kind: 'started' })
    const files = [await createWord(rig, 0), await createWord(rig, 1)]
    await stopByHand(rig)
    for (const file of files) damage(file)
    expect(await fastStartWithout(rig, ['checksums'])).toEqual({ kind: 'started' })
    const [noticed, unnoticed] = [withSegment(rig, 0, readWord), withSegment(rig, 1, readWord)]
    await expect(noticed).rejects.toThrow('invalid page in block 0')
    expect(await unnoticed).toBe('dAmaged')
  })

  it('opens a cluster in the middle of an expansion (expansion)', async () => {
    const rig = await initializedRig()
    writeFileSync(join(directoryOf(rig, -1), 'gpexpand.status'), '')
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: 'an expansion of the cluster has begun',
    })
    expect(await fastStartWithout(rig, ['expansion'])).toEqual({ kind: 'started' })
  })
})

describe('without one of its checks a later line of defense undoes a fast start', () => {
  it('the servers, which refuse files of another catalog version (catalogVersion)', async () => {
    const rig = await initializedRig()
    const directory = directoryOf(rig, 1)
    changeCatalogVersion(directory, 202_001_011)
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: expect.stringContaining(
        `${directory}: its catalog version is 202001011, and that of the programs `,
      ) as string,
    })
    await mustBeUndone(rig, 'catalogVersion', /initialized with CATALOG_VERSION_NO 202001011/)
  })

  it('the catalog, which has other ports (ports)', async () => {
    const rig = await initializedRig()
    const port = rig.standIn.ports.coordinator + 1
    appendFileSync(join(directoryOf(rig, 1), 'postgresql.conf'), `port = ${port}\n`)
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: 'several servers have the same port',
    })
    await mustBeUndone(rig, 'ports', /^the catalog has /)
  })

  it('the catalog, which has other ids (dbids)', async () => {
    const rig = await initializedRig()
    writeFileSync(join(directoryOf(rig, 1), 'internal.auto.conf'), 'gp_dbid=2\ngp_contentid=1\n')
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: 'several servers have the same dbid',
    })
    await mustBeUndone(rig, 'dbids', /^the catalog has /)
  })

  it('the server, whose socket another one uses (sockets)', async () => {
    const rig = await initializedRig()
    // A server of another data directory, by all that its lock says.
    const elsewhere = rig.data
    const other = spawn('sleep', ['600'], { cwd: elsewhere, stdio: 'ignore', ...accountToDropTo() })
    onTestFinished(() => void other.kill())
    const { sockets } = rig.standIn.layout
    const port = rig.standIn.ports.coordinator + 1
    const socket = join(sockets, `.s.PGSQL.${port}`)
    writeFileSync(`${socket}.lock`, `${other.pid}\n${elsewhere}\n`)
    // A killed server noted its folder of sockets.
    const dead = spawnSync('true').pid
    const lines = [dead, directoryOf(rig, 0), 0, port, sockets, '', '']
    writeFileSync(join(directoryOf(rig, 0), 'postmaster.pid'), lines.join('\n'))
    expect(await fastStartWithout(rig, [])).toEqual({
      kind: 'unsuited',
      reason: `${directoryOf(rig, 0)}: its socket ${socket} is used by process ${other.pid}`,
    })
    await mustBeUndone(rig, 'sockets', /gpseg0 does not start: /)
  })
})

/** Nothing runs afterwards. */
async function mustBeUndone(rig: Rig, check: CheckName, reason: RegExp): Promise<void> {
  expect(await fastStartWithout(rig, [check])).toEqual({
    kind: 'failed',
    reason: expect.stringMatching(reason) as string,
  })
  expect(rig.processes()).toMatchObject({ coordinator: undefined, segments: [undefined, undefined] })
}

/** Replaces a segment by one that initdb made without checksums, with the same settings. */
async function createWithoutChecksums(rig: Rig, content: number): Promise<void> {
  const directory = directoryOf(rig, content)
  const former = `${rig.data}/former`
  renameSync(directory, former)
  const words = ['--username=gpadmin', '--auth=trust', '--wal-segsize=1', '--no-sync', '--no-data-checksums']
  await runProgram(rig, 'initdb', ['-D', directory, ...words])
  for (const name of ['postgresql.conf', 'pg_hba.conf', 'internal.auto.conf'])
    writeFileSync(join(directory, name), readFileSync(join(former, name)))
}

/** @returns the file of its table */
const createWord = (rig: Rig, content: number): Promise<string> =>
  withSegment(rig, content, async (client) => {
    await client.query("CREATE TABLE word AS SELECT 'damaged' AS word")
    await client.query('CHECKPOINT')
    const { rows } = await client.query<{ path: string }>("SELECT pg_relation_filepath('word') AS path")
    return join(directoryOf(rig, content), rows[0]?.path ?? '')
  })

async function readWord(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ word: string }>('SELECT word FROM word')
  return rows[0]?.word
}

function damage(file: string): void {
  const bytes = readFileSync(file)
  bytes.write('dAmaged', bytes.indexOf('damaged'))
  writeFileSync(file, bytes)
}

async function stopByHand(rig: Rig): Promise<void> {
  for (const content of [-1, 0, 1])
    await runProgram(rig, 'pg_ctl', ['stop', '-D', directoryOf(rig, content), '-w', '-m', 'fast'])
}

/** The catalog version is at byte 12 of pg_control, and a CRC-32C of all before it at byte 292 (pg_control.h of PostgreSQL 18). */
function changeCatalogVersion(directory: string, version: number): void {
  const file = join(directory, 'global/pg_control')
  const bytes = readFileSync(file)
  const end = 292
  // Control: this is the place of the checksum, and this is how it is made.
  expect(bytes.readUInt32LE(end)).toBe(crc32c(bytes.subarray(0, end)))
  bytes.writeUInt32LE(version, 12)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, end)), end)
  writeFileSync(file, bytes)
}

/** Castagnoli's, which zlib has not. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xff_ff_ff_ff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82_f6_3b_78 : crc >>> 1
  }
  return ~crc >>> 0
}
