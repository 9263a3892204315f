/** SIGKILL: of the container in a first start, of each process by itself, of a stop under way. */
import { describe, expect, it } from 'vitest'
import { inVolume } from './beside.ts'
import { eventually } from './clock.ts'
import type { Run } from '../../src/history/run.ts'
import { createStand, hasEngine, mustSucceed, type Answer, type Stand } from './stand.ts'

describe.runIf(hasEngine())('SIGKILL', () => {
  it('of the container in a first start, its marker lost: the half-made cluster stays (negative control)', async () => {
    const stand = await createStand({ control: true, initdb: true, greenplum: { restart: 'no' } })
    await killInFirstStart(stand)
    await inVolume(stand, 'rm /data/.gp-supervisor/volume.json')
    await stand.docker('start', stand.container)
    await stand.waitForLog('half a cluster passes for a whole one', ({ text }) =>
      String(text).includes('treated as initialized'),
    )
    // The script fails over it in the end; nothing has moved it aside until then.
    await stand.untilExited()
    expect(await inVolume(stand, 'cat /data/master/gpseg-1/pg_hba.conf')).not.toContain('0.0.0.0/0')
    expect(await inVolume(stand, 'ls /data/.gp-supervisor')).not.toContain('interrupted-')
    expect((await stand.log()).some(({ msg }) => msg === 'ready')).toBe(false)
  })

  it('of the supervisor alone: Docker starts the container again, and what was committed is there', async () => {
    const stand = await readyStand()
    const [pid = ''] = await stand.pids('gp-supervisor.cjs run')
    await killAndComeBack(stand, pid)
    expect((await stand.status()).previousStop).toMatchObject({ kind: 'unclean' })
    expect(runsIn(await stand.exec('gp-supervisor', 'history', '--json'))).toMatchObject([
      { start: 'later-fast', stages: expect.anything() as object },
      { start: expect.stringMatching(/^first-/) as string, end: { how: 'killed' } },
    ])
  })

  it.each([
    ['start_gpdb.sh', "pgrep -f 'bash /start_gpdb.sh' | head -n 1"],
    ['the coordinator', 'head -n 1 /data/master/gpseg-1/postmaster.pid'],
    ['a segment', 'head -n 1 /data/00/primary/gpseg0/postmaster.pid'],
  ])('of %s: noticed, the rest stopped, exit 69, started again by Docker', async (_name, command) => {
    const stand = await readyStand()
    await killAndComeBack(stand, (await stand.shell(command)).text)
    const stopped = (await stand.log('all')).find(({ verdict }) => verdict !== undefined)
    expect(stopped?.['verdict']).toMatchObject({ exitCode: 69 })
    const [, before] = runsIn(await stand.exec('gp-supervisor', 'history', '--json'))
    expect(before?.end).toMatchObject({ how: 'stopped', exitCode: 69, phase: 'ready' })
  })

  it('of PXF: started again in place, the database never noticed', async () => {
    const stand = await readyStand()
    const since = Date.now()
    const begun = await stand.sql('SELECT pg_postmaster_start_time()')
    await stand.shell('kill -9 "$(cat /data/pxf/run/pxf-app.pid)"')
    await stand.waitForLog(
      'PXF is ready',
      ({ msg, time }) => msg === 'PXF is ready' && Date.parse(time) > since,
    )
    await eventually('ready again', async () => (await stand.exec('gp-healthcheck')).code === 0)
    expect(await stand.sql('SELECT pg_postmaster_start_time()')).toBe(begun)
    expect((await stand.status()).counters.pxfRestarts).toBe(1)
    expect((await stand.state()).restarts).toBe(0)
  })

  it("by Docker's default grace of 10 s in the middle of a stop: said at the next start, with the measured time", async () => {
    const stand = await createStand({ greenplum: { stop_grace_period: '10s' } })
    await stand.up()
    await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
    // A server cannot end without its last checkpoint.
    mustSucceed(await stand.shell("pkill -STOP -f '^postgres:.*checkpointer'"))
    const begin = Date.now()
    await stand.docker('stop', stand.container)
    expect((await stand.state()).exitCode).toBe(137)
    expect(Date.now() - begin).toBeLessThan(60_000)
    // Beside a container that is stopped, it reads the volume.
    const command = ['run', '--rm', '--no-deps', '--no-TTY', '--entrypoint', 'gp-supervisor', 'greenplum']
    const table = await stand.compose('--progress', 'quiet', ...command, 'history')
    expect(table.text).toMatch(
      /^started .*\n\S+ +first, \w+ +\d+\.\d s +killed .* killed \d+ s into its stop\s*$/,
    )
    await stand.start()
    expect(await stand.sql('SELECT point FROM kept')).toBe('1')
    const told = (await stand.log()).find(({ level, id }) => level === 'warn' && id === 'stop.cut-off')
    expect(told?.['fix']).toContain('stop_grace_period: 2m')
    const [, seconds] = /was killed (\d+) s into its stop/.exec(String(told?.['text'])) ?? []
    expect(Number(seconds)).toBeGreaterThan(5)
    expect(Number(seconds)).toBeLessThan(15)
  })
})

function runsIn(answer: Answer): readonly Run[] {
  mustSucceed(answer)
  return (JSON.parse(answer.text) as { runs: readonly Run[] }).runs
}

async function readyStand(): Promise<Stand> {
  const stand = await createStand()
  await stand.up()
  await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
  return stand
}

async function killAndComeBack(stand: Stand, pid: string): Promise<void> {
  const since = Date.now()
  expect(pid).toMatch(/^\d+$/)
  await stand.exec('kill', '-9', pid)
  await stand.untilReady(since)
  expect((await stand.state()).restarts).toBe(1)
  expect(await stand.sql('SELECT point FROM kept')).toBe('1')
  expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
}

async function killInFirstStart(stand: Stand): Promise<void> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  // From here on the directory passes for a server.
  const made = '[ -s pg_hba.conf ] && [ -s global/pg_control ]'
  await eventually('the coordinator is half made', async () => {
    return (await stand.shell(`cd /data/master/gpseg-1 && ${made}`)).code === 0
  })
  await stand.docker('kill', stand.container)
}
