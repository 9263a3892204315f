/** Starting the servers without gpstart: what it does, what makes it leave the work to gpstart, and what its checks prevent. */
import { execFile, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { Client } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import type { CheckName } from '../../src/fast-start/judge.ts'
import type { Outcome } from '../../src/fast-start/start.ts'
import {
  connection,
  createRig,
  eventually,
  holdSession,
  killContainer,
  type LogRecord,
  type Rig,
  type Run,
} from './rig.ts'

/** A rig whose first start is done, shut down. */
async function initializedRig(): Promise<Rig> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const run = rig.start()
  await run.answers('/readyz')
  await rig.query('CREATE TABLE kept AS SELECT * FROM generate_series(1, 100) AS n')
  expect(await run.stop()).toBe(0)
  return rig
}

const said = (run: Run): string[] =>
  run
    .log()
    .filter(({ msg }: LogRecord) => msg.startsWith('fast '))
    .map(({ msg }) => msg.replaceAll(/\d+\.\d s/g, '… s'))

const ranTool = (run: Run, tool: string): boolean => run.log().some((record) => record['tool'] === tool)
const started = 'fast start: 3 servers started in … s'
/** It says so a moment after the database answers. */
async function mustHaveStartedFast(run: Run): Promise<void> {
  await eventually('it says so', () => said(run).length > 0)
  expect(said(run)).toEqual([started])
}

const directoryOf = ({ data }: Rig, content: number): string =>
  join(data, content === -1 ? 'master/gpseg-1' : `0${content}/primary/gpseg${content}`)
const countKept = (rig: Rig) => rig.query('SELECT count(*)::int FROM kept')

describe('a fast start', () => {
  it('takes the place of gpstart, and of the restart that ends a first start', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const first = rig.start()
    await first.answers('/readyz')
    await mustHaveStartedFast(first)
    // gpinitsystem starts and stops the cluster itself, with the tools.
    const lines = first.log().map(({ msg }) => msg)
    const restart = lines.indexOf('Restart GPDB')
    expect(lines.slice(restart)).toContain('Restarting System...')
    expect(
      first
        .log()
        .slice(restart)
        .some((record) => record['tool'] === 'gpstop'),
    ).toBe(false)
    expect(await first.stop()).toBe(0)

    const later = rig.start()
    await later.answers('/readyz')
    await mustHaveStartedFast(later)
    expect(ranTool(later, 'gpstart')).toBe(false)
    expect(await rig.file('master/gpseg-1/pg_log/gp_era')).toMatch(/^era = [0-9a-f]{16}_\d{12}$/m)
    expect(await later.stop()).toBe(0)
  })

  it('does not wait at the restart of a first start for a session that is held, as gpstop does', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false', STANDIN_SMART_TIMEOUT: '100' })
    const run = rig.start()
    await holdSession(rig.standIn)
    await run.answers('/readyz')
    await mustHaveStartedFast(run)
    expect(await run.stop()).toBe(0)
  })

  it('is not made with GREENPLUM_FAST_START=off, neither of the two', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false', GREENPLUM_FAST_START: 'off' })
    const first = rig.start()
    await first.answers('/readyz')
    expect(said(first)).toEqual([
      'fast restart: not used, because GREENPLUM_FAST_START=off; gpstop restarts the servers',
    ])
    expect(await first.stop()).toBe(0)
    const later = rig.start()
    await later.answers('/readyz')
    await eventually('gpstart is at its end', () =>
      later.log().some(({ msg }) => msg === 'Database successfully started'),
    )
    expect(said(later)).toEqual([
      'fast start: not used, because GREENPLUM_FAST_START=off; gpstart starts the servers',
    ])
    expect(await later.stop()).toBe(0)
  })

  it('recovers a killed cluster, whoever has the pids of its servers now', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    await rig.query('INSERT INTO kept VALUES (101)')
    await killContainer(rig)
    await run.exited
    // A container gives the same pids again: to a program that is no server.
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...accountToDropTo() })
    onTestFinished(() => void stranger.kill())
    const pidFile = join(directoryOf(rig, 0), 'postmaster.pid')
    const [, ...rest] = readFileSync(pidFile, 'utf8').split('\n')
    writeFileSync(pidFile, [`${stranger.pid}`, ...rest].join('\n'))
    // Control: the server refuses to start while the file is there.
    expect(await startByHand(rig, 0)).toContain('lock file "postmaster.pid" already exists')

    const again = rig.start()
    await again.answers('/readyz')
    await eventually('it says so', () => said(again).includes(started))
    expect(said(again)).toEqual([
      expect.stringContaining(`files of killed servers were removed: ${directoryOf(rig, -1)}/postmaster.pid`),
      ...[-1, 0, 1].map(
        (content) =>
          `fast start: ${directoryOf(rig, content)} was not shut down ("in production"); it recovers from its WAL first`,
      ),
      started,
    ])
    expect(await countKept(rig)).toEqual([{ count: 101 }])
    expect(await again.stop()).toBe(0)
  })

  it('leaves a segment that does not start to gpstart, with all else stopped, and says why', async () => {
    const rig = await initializedRig()
    const file = join(directoryOf(rig, 1), 'postgresql.conf')
    const settings = readFileSync(file, 'utf8')
    writeFileSync(file, `${settings}\nno_such_setting = 1\n`)
    const run = rig.start()
    expect(await run.exited).toBe(69)
    const [reason = ''] = said(run).slice(-1)
    expect(reason).toContain(`fast start: failed: ${directoryOf(rig, 1)} does not start: pg_ctl start `)
    expect(reason).toContain('no_such_setting')
    expect(reason).toContain('; gpstart starts the servers')
    expect(ranTool(run, 'gpstart')).toBe(true)
    writeFileSync(file, settings)
    const again = rig.start()
    await again.answers('/readyz')
    expect(await countKept(rig)).toEqual([{ count: 100 }])
    expect(await again.stop()).toBe(0)
  })

  it('is undone where the catalog is of another cluster: gpstart takes over', async () => {
    const rig = await initializedRig()
    const catalog = join(directoryOf(rig, -1), 'standin_servers')
    const standby = '9\t-1\tm\tm\ts\tu\t7000\thost\thost\t/standby'
    writeFileSync(catalog, `${readFileSync(catalog, 'utf8')}${standby}\n`)
    const run = rig.start()
    await eventually('it says so', () => said(run).length > 0)
    expect(said(run)).toEqual([
      'fast start: failed: the catalog has a mirror or a standby in /standby; gpstart starts the servers',
    ])
    // For a moment it was open, and may have been ready.
    await eventually('gpstart is at its end', () =>
      run.log().some(({ msg }) => msg === 'Database successfully started'),
    )
    await run.answers('/readyz')
    expect(await run.stop()).toBe(0)
  })
})

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
})

/** Runs it as the administrator, without a supervisor. What it starts is stopped with the rig. */
async function fastStartWithout(
  { standIn: { root, environment } }: Rig,
  checks: readonly (CheckName | 'catalog')[],
): Promise<Outcome> {
  const file = join(root, 'without.cjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'fast-start-without.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native'],
    logLevel: 'error',
  })
  const { stdout } = await promisify(execFile)(
    environment['STANDIN_NODE'] ?? join(root, 'bin/node'),
    [file, JSON.stringify(checks)],
    { env: environment, cwd: root, ...accountToDropTo() },
  )
  return JSON.parse(stdout) as Outcome
}

/** @returns what the server says */
async function startByHand(rig: Rig, content: number): Promise<string> {
  const { layout } = rig.standIn
  const log = join(layout.state, 'by-hand.log')
  const words = ['start', '-D', directoryOf(rig, content), '-w', '-t', '20', '-l', log]
  await promisify(execFile)(join(layout.postgresPrograms, 'pg_ctl'), words, {
    cwd: layout.state,
    ...accountToDropTo(),
  }).catch(() => {})
  return readFileSync(log, 'utf8')
}

async function withClient<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const withConnection = <T>({ standIn }: Rig, work: (client: Client) => Promise<T>) =>
  withClient(connection(standIn), work)

const withSegment = <T>({ standIn }: Rig, content: number, work: (client: Client) => Promise<T>) =>
  withClient(
    new Client({
      host: '127.0.0.1',
      port: standIn.ports.coordinator + 1 + content,
      user: 'gpadmin',
      database: 'postgres',
    }),
    work,
  )
