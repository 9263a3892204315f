/** Starting the servers without gpstart: what it does, and what makes it leave the work to gpstart. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import { directoryOf, initializedRig, startByHand } from './fast-start-rig.ts'
import {
  createRig,
  eventually,
  holdSession,
  killContainer,
  type LogRecord,
  type Rig,
  type Run,
} from './rig.ts'

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

const countKept = (rig: Rig) => rig.query('SELECT count(*)::int FROM kept')

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
