import { existsSync } from 'node:fs'
import { cp, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { launchStartScript } from '../../stand-in/launch.ts'
import { createRig, eventually, killContainer, lastErrorOf, verdictOf, type Rig } from './rig.ts'

/** A rig whose first start is done, stopped clean. */
async function initializedRig(environment: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const rig = await createRig(environment)
  const run = rig.start()
  await run.answers('/readyz')
  await run.stop()
  return rig
}

describe('PXF', () => {
  it('that is killed is started again; readiness tells, the database is not touched', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    const before = rig.processes()
    process.kill(before.pxf ?? 0, 'SIGKILL')
    const { reasons } = await run.answers('/readyz', 503)
    expect(reasons[0]).toMatchObject({ component: 'pxf' })
    expect(reasons[0]?.reason).toContain(`(pid ${before.pxf}) is gone`)
    expect((await run.probe('/readyz?for=gpdb')).status).toBe(200)
    await run.answers('/readyz')
    const after = rig.processes()
    expect(after.pxf).not.toBe(before.pxf)
    expect([after.coordinator, after.segments]).toEqual([before.coordinator, before.segments])
    expect((await run.status()).counters).toMatchObject({ pxfRestarts: 1, becameReady: 2 })
    expect(await run.stop()).toBe(0)
  })

  it('that cannot start leaves the database up and says why', async () => {
    const rig = await createRig({ STANDIN_PXF_START: 'fail' })
    const run = rig.start()
    await run.answers('/readyz?for=gpdb')
    const { status, body } = await run.probe('/readyz')
    expect(status).toBe(503)
    expect(body.reasons.map(({ component }) => component)).toContain('pxf')
    expect(body.reasons.find(({ component }) => component === 'pxf')?.reason).toContain(
      'told to fail by STANDIN_PXF_START',
    )
    expect(await rig.query('SELECT 1 AS up')).toEqual([{ up: 1 }])
    expect(await run.stop()).toBe(0)
  })

  it('whose JVM dies during the start is noticed at once, not after 300 s', async () => {
    const rig = await createRig({ STANDIN_PXF_DIES_AFTER_MS: '300' })
    const run = rig.start()
    const reason = await eventually('the death of the JVM is noticed', async () => {
      const pxf = (await run.status().catch(() => undefined))?.components.pxf
      return pxf?.state === 'pending' && pxf.attempts > 0 ? pxf : undefined
    })
    expect(reason.reason).toContain('exited during the start')
    const starting = run.log().find(({ msg, to }) => msg === 'component changed' && to === 'starting')
    const noticed = run.log().find(({ msg }) => msg === 'PXF is down; restarting it')
    expect(Date.parse(String(noticed?.['time'])) - Date.parse(String(starting?.['time']))).toBeLessThan(
      15_000,
    )
    await run.stop()
  })

  it('that refuses to stop is ended by signals, and the stop of the database is clean all the same', async () => {
    const rig = await initializedRig()
    const run = rig.start({ STANDIN_PXF_STOP: 'fail' })
    await run.answers('/readyz')
    expect(await run.stop()).toBe(0)
    expect(verdictOf(run).proven).toBe(true)
    expect(rig.processes().pxf).toBeUndefined()
  })

  it('is left out with GREENPLUM_PXF_ENABLE=false', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const run = rig.start()
    await run.answers('/readyz')
    expect((await run.status()).components).toMatchObject({
      pxf: { state: 'disabled' },
      seed: { state: 'disabled' },
      extensions: { state: 'disabled' },
    })
    expect(rig.processes().pxf).toBeUndefined()
    await run.stop()
  })

  it('has its configuration synchronised once the database is up; a failure is degraded, not fatal, and tried again', async () => {
    const rig = await initializedRig()
    const run = rig.start({ PXF_SYNC_ON_START: '1' })
    await run.answers('/readyz')
    await eventually('the sync is done', () =>
      run.log().some(({ msg }) => msg === 'pxf cluster sync succeeded') ? true : undefined,
    )
    expect((await run.status()).components.seed.state).toBe('ready')
    await run.stop()

    const faults = join(rig.standIn.layout.state, 'faults.env')
    await writeFile(faults, 'STANDIN_PXF_SYNC=fail\n')
    const failing = rig.start({ PXF_SYNC_ON_START: '1' })
    await eventually('the sync failed', async () =>
      (await failing.status().catch(() => undefined))?.components.seed.state === 'failed' ? true : undefined,
    )
    expect((await failing.status()).components.seed.reason).toContain('PXF_SYNC_ON_START: pxf cluster sync')
    expect((await failing.probe('/readyz?for=gpdb')).status).toBe(200)
    // As when a host is back.
    await writeFile(faults, '')
    await failing.answers('/readyz')
    expect((await failing.status()).components.seed).toMatchObject({ state: 'ready', reason: '' })
    expect(await failing.stop()).toBe(0)
  })
})

describe('seeds', () => {
  const site = 'pxf/servers/bookings-db/jdbc-site.xml'

  it('are filled from the environment, and kept, overwritten or updated as PXF_SEED_OVERWRITE says', async () => {
    const rig = await initializedRig()
    expect(await rig.file(site)).toContain('<value>bookings</value>')
    expect((await stat(join(rig.data, site))).mode & 0o777).toBe(0o600)

    // Untouched, and the environment changed: kept by default, said, and updated on request.
    const kept = rig.start({ BOOKINGS_DB_PASSWORD: 'rotated' })
    await kept.answers('/readyz')
    expect(await rig.file(site)).not.toContain('rotated')
    expect((await kept.status()).seedDrift).toMatchObject([
      { path: 'servers/bookings-db/jdbc-site.xml', state: 'outdated' },
    ])
    await kept.stop()
    const updated = rig.start({ BOOKINGS_DB_PASSWORD: 'rotated', PXF_SEED_OVERWRITE: 'unmodified' })
    await updated.answers('/readyz')
    expect(await rig.file(site)).toContain('rotated')
    expect(JSON.stringify([updated.log(), await updated.status()])).not.toContain('rotated')
    await updated.stop()

    // Edited by hand: kept by default and with `unmodified`; `1` overwrites and keeps a backup beside.
    const edited = (await rig.file(site)).replace('rotated', 'by hand')
    await writeFile(join(rig.data, site), edited)
    const unmodified = rig.start({ BOOKINGS_DB_PASSWORD: 'third', PXF_SEED_OVERWRITE: 'unmodified' })
    await unmodified.answers('/readyz')
    expect(await rig.file(site)).toBe(edited)
    await unmodified.stop()
    const overwritten = rig.start({ BOOKINGS_DB_PASSWORD: 'third', PXF_SEED_OVERWRITE: '1' })
    await overwritten.answers('/readyz')
    expect(await rig.file(site)).toContain('third')
    const folder = join(rig.data, 'pxf/servers/bookings-db')
    const backup = (await readdir(folder)).find((name) => name.includes('.bak-'))
    expect(await readFile(join(folder, String(backup)), 'utf8')).toBe(edited)
    await overwritten.stop()
  })

  const noBookings = {
    BOOKINGS_DB_HOST: undefined,
    BOOKINGS_DB_NAME: undefined,
    BOOKINGS_DB_USER: undefined,
    BOOKINGS_DB_PASSWORD: undefined,
  }

  it('with unset variables leave out that server alone: everything is ready, and what to set is said', async () => {
    const rig = await createRig()
    const run = rig.start(noBookings)
    await run.answers('/readyz')
    expect(existsSync(join(rig.data, 'pxf/servers/bookings-db'))).toBe(false)
    expect(existsSync(join(rig.data, 'pxf/servers/default'))).toBe(true)
    const finding = (await run.status()).findings?.find(({ where }) => where === 'servers/bookings-db')
    expect(finding?.id).toBe('seeds.server')
    expect(finding?.cause).toContain(
      `${rig.standIn.layout.seed}/servers/bookings-db/jdbc-site.xml, line 9: BOOKINGS_DB_HOST is not set`,
    )
    expect(finding?.fix).toContain('set BOOKINGS_DB_PASSWORD in the environment of the container')
    expect(run.log().filter(({ msg, id }) => msg === 'finding' && id === finding?.id)).toHaveLength(1)
    expect(await run.stop()).toBe(0)

    const complete = rig.start()
    await complete.answers('/readyz')
    expect(await rig.file(site)).toContain('<value>bookings</value>')
    expect((await complete.status()).findings?.map(({ id }) => id)).not.toContain(finding?.id)
    await complete.stop()
    // What is on the volume is kept, and needs no variable.
    const kept = rig.start(noBookings)
    await kept.answers('/readyz')
    expect((await kept.status()).findings?.map(({ id }) => id)).not.toContain(finding?.id)
    expect(await rig.file(site)).toContain('<value>bookings</value>')
    expect(await kept.stop()).toBe(0)
  })

  it('of this image need no variable at all', async () => {
    const rig = await createRig()
    const own = join(rig.standIn.root, 'own-seed')
    await cp(new URL('../../seed/servers', import.meta.url), join(own, 'servers'), { recursive: true })
    const run = rig.start({ ...noBookings, PXF_SEED_DIR: own })
    await run.answers('/readyz')
    const text = await rig.file(site)
    expect(text).toContain('<value>jdbc:postgresql://bookings-db/demo?ApplicationName=pxf</value>')
    expect(text.match(/<value>bookings<\/value>/g)).toHaveLength(2)
    expect((await stat(join(rig.data, site))).mode & 0o777).toBe(0o600)
    expect(await run.stop()).toBe(0)
  })

  it('that cannot be read leave PXF out for good, and the database up', async () => {
    const rig = await createRig()
    const run = rig.start({ PXF_SEED_DIR: '/nowhere/at/all' })
    await run.answers('/readyz?for=gpdb')
    const { body } = await run.probe('/readyz')
    const reasonOf = (name: string) => body.reasons.find(({ component }) => component === name)
    expect(reasonOf('seed')).toMatchObject({ state: 'failed', final: true })
    expect(reasonOf('seed')?.reason).toContain('/nowhere/at/all')
    expect(reasonOf('pxf')).toMatchObject({ state: 'failed', final: true })
    expect(reasonOf('pxf')?.reason).toContain('could not be seeded')
    expect(await run.stop()).toBe(0)
  })
})

describe('death', () => {
  it('of the coordinator ends the container with 69, the rest shut down cleanly', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    process.kill(rig.processes().coordinator ?? 0, 'SIGKILL')
    expect(await run.exited).toBe(69)
    const verdict = verdictOf(run)
    expect(verdict.reason).toContain('master/gpseg-1 died')
    expect(
      verdict.directories.filter(({ path }) => path.includes('primary')).map(({ state }) => state),
    ).toEqual(['shut down', 'shut down'])
    expect(lastErrorOf(run)).toMatch(
      /^exit 69: the server in .*gpseg-1 died; not shut down cleanly: .*; all other servers were, verified; see /,
    )
    expect(rig.processes().segments).toEqual([undefined, undefined])
    const again = rig.start()
    await again.answers('/readyz')
    expect(await again.stop()).toBe(0)
  })

  it('of a segment ends it as well: without a mirror nothing brings it back', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    process.kill(rig.processes().segments[1] ?? 0, 'SIGKILL')
    expect(await run.exited).toBe(69)
    expect(verdictOf(run).reason).toContain('01/primary/gpseg1 died')
  })

  it('of the start script ends it too', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    const script = rig.processes().scripts.find(({ name }) => name === 'start_gpdb')
    process.kill(script?.pid ?? 0, 'SIGKILL')
    expect(await run.exited).toBe(69)
    expect(verdictOf(run)).toMatchObject({ proven: true, exitCode: 69 })
    expect(lastErrorOf(run)).toMatch(
      /^exit 69: .*start_gpdb.sh exited on its own: .*; everything was shut down cleanly, verified; see its last lines/,
    )
  })
})

describe('the stop', () => {
  it.each([
    ['fails', 'fail'],
    ['hangs', 'hang'],
    ['kills a segment', 'kills'],
  ])('is proven clean though gpstop %s: on one host it is not needed', async (_what, fault) => {
    const rig = await initializedRig()
    const run = rig.start({ STANDIN_GPSTOP: fault, STOP_GRACE_PERIOD: '20s' })
    await run.answers('/readyz')
    // Ready comes before its end, and so short a budget would not wait for it.
    await eventually('gpstart is done', () => !rig.processes().scripts.some(({ name }) => name === 'gpstart'))
    expect(await run.stop()).toBe(0)
    const { proven, steps } = verdictOf(run)
    expect(proven).toBe(true)
    expect(steps.filter(({ failure }) => failure !== '')).toEqual([])
  })

  it('by the script alone leaves a segment unclean where gpstop kills it (negative control)', async () => {
    const rig = await initializedRig()
    const script = launchStartScript({
      root: rig.standIn.root,
      environment: {
        ...rig.standIn.environment,
        GREENPLUM_PXF_ENABLE: 'false',
        STANDIN_GPSTOP: 'kills',
      },
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => script.once('exit', resolve))
    // Its handlers are set just before that.
    await eventually('the script follows the log', () =>
      rig.processes().scripts.some(({ name }) => name === 'tail'),
    )
    script.kill('SIGTERM')
    await ended
    const run = rig.start()
    await run.answers('/readyz')
    expect(await rig.serverLog('00/primary/gpseg0')).toContain('automatic recovery in progress')
    expect(await run.stop()).toBe(0)
  })

  it('tells how the previous run ended when that was killed', async () => {
    const rig = await initializedRig()
    const run = rig.start()
    await run.answers('/readyz')
    run.child.kill('SIGKILL')
    await run.exited
    await killContainer(rig)
    const again = rig.start()
    await again.answers('/readyz')
    expect(again.log().find(({ id }) => id === 'stop.killed')).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('was killed without a stop; the servers need crash recovery') as string,
      cause: 'kill -9, out of memory, or a power failure',
    })
    expect(await again.stop()).toBe(0)
  })
})

describe('before it was ready', () => {
  it('a coordinator that dies ends the container as well', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    await writeFile(join(rig.standIn.layout.initScripts, '10_slow.sh'), 'sleep 60\n')
    const run = rig.start()
    // Not before: gpstart would notice the death first, and the script end with it.
    await eventually('the init scripts run', () =>
      run.log().some(({ msg }) => msg.includes('Execute custom init scripts')),
    )
    await eventually('the final server answers', async () =>
      (await run.status().catch(() => undefined))?.components.gpdb.reason.includes('custom init scripts')
        ? true
        : undefined,
    )
    process.kill(rig.processes().coordinator ?? 0, 'SIGKILL')
    expect(await run.exited).toBe(69)
    expect(verdictOf(run).reason).toContain('died before it was ready')
  })

  it('a .bashrc that cannot be read leaves PXF out, and the stop is proven all the same', async () => {
    const rig = await initializedRig()
    // The start script sources it as well; it fails only for whoever asks without the script's own variables.
    const bashrc = join(rig.standIn.layout.home, '.bashrc')
    const text = await readFile(bashrc, 'utf8')
    await writeFile(bashrc, `[ "\${GREENPLUM_PXF_ENABLE:-}" = false ] || exit 3\n${text}`)
    const run = rig.start()
    await run.answers('/readyz?for=gpdb')
    await eventually('PXF is down for that reason', async () =>
      (await run.probe('/readyz')).body.reasons.some(
        ({ component, reason }) => component === 'pxf' && reason.includes('~/.bashrc'),
      ),
    )
    await writeFile(bashrc, text)
    expect(await run.stop()).toBe(0)
    expect(verdictOf(run).proven).toBe(true)
  })
})
