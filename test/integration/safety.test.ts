import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { createRig, eventually, killContainer, lastErrorOf, sleep, startUnread, verdictOf } from './rig.ts'

describe('data that users wrote', () => {
  it('survives a start with a wrong GREENPLUM_SEG_PREFIX', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const first = rig.start()
    await first.answers('/readyz')
    await rig.query('CREATE TABLE precious AS SELECT 1 AS kept')
    await first.stop()

    const typo = rig.start({ GREENPLUM_SEG_PREFIX: 'typo' })
    expect(await typo.exited).toBe(78)
    expect(lastErrorOf(typo)).toMatch(/^exit 78: .*set GREENPLUM_SEG_PREFIX to their prefix/)

    const again = rig.start()
    await again.answers('/readyz')
    expect(await rig.query('SELECT kept FROM precious')).toEqual([{ kept: 1 }])
    await again.stop()
  })

  it('survives a volume that was not mounted for one start', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()
    const away = join(rig.standIn.root, 'away')
    await rename(join(rig.data, 'master'), join(away))
    const lost = rig.start()
    expect(await lost.exited).toBe(78)
    await rename(away, join(rig.data, 'master'))
    const again = rig.start()
    await again.answers('/readyz')
    await again.stop()
  })

  it('survives a kill of the first start while its init scripts still run', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    await writeFile(join(rig.standIn.layout.initScripts, '10_slow.sh'), 'sleep 120\n')
    const first = rig.start()
    await eventually('the database is open, its init scripts run', async () =>
      (await first.status().catch(() => undefined))?.components.gpdb.reason.includes('custom init scripts')
        ? true
        : undefined,
    )
    await rig.query('CREATE TABLE early AS SELECT 2 AS kept')
    first.child.kill('SIGKILL')
    await first.exited
    await killContainer(rig)

    // No start runs them, and each says so.
    for (const _ of ['the next', 'the one after it']) {
      const again = rig.start()
      await again.answers('/readyz')
      const finding = (await again.status()).findings?.find(({ id }) => id === 'volume.init-scripts')
      expect(finding?.text).toContain('had finished')
      expect(finding?.fix).toContain('run them by hand, then delete')
      expect(again.log().some(({ id }) => id === 'volume.init-scripts')).toBe(true)
      expect(await rig.query('SELECT kept FROM early')).toEqual([{ kept: 2 }])
      await again.stop()
    }
    await rm(join(rig.data, '.gp-supervisor/volume.json'))
    const mended = rig.start()
    await mended.answers('/readyz')
    expect((await mended.status()).findings?.map(({ id }) => id)).not.toContain('volume.init-scripts')
    await mended.stop()
  })
})

describe('a folder of somebody else on the volume', () => {
  it('that cannot be looked into hides no server: the stop is proven, a death is noticed', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const run = rig.start()
    await run.answers('/readyz')
    await symlink('loop', join(rig.data, 'loop'))
    expect(await run.stop()).toBe(0)
    expect(verdictOf(run).directories).toHaveLength(3)
    await rm(join(rig.data, 'loop'))
    const again = rig.start()
    await again.answers('/readyz')
    await symlink('loop', join(rig.data, 'loop'))
    process.kill(rig.processes().coordinator ?? 0, 'SIGKILL')
    expect(await again.exited).toBe(69)
  })

  it('that is a copy of a running server neither dies nor spoils the proof', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const run = rig.start()
    await run.answers('/readyz')
    // Its last files may vanish under it.
    await execa('cp', ['-a', join(rig.data, 'master'), join(rig.data, 'backup')], { reject: false })
    // Nothing is to happen, for some looks of the watch, which looks each second.
    await sleep(4000)
    expect((await run.probe('/readyz')).status).toBe(200)
    expect(await run.stop()).toBe(0)
    expect(verdictOf(run).proven).toBe(true)
  })
})

describe('a first start', () => {
  it('whose script speaks otherwise is known by what it wrote: its data is kept', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const script = join(rig.standIn.root, 'start_gpdb.sh')
    const original = await readFile(String(rig.standIn.environment['START_SCRIPT']), 'utf8')
    await writeFile(script, original.replace('INFO - Restart GPDB', 'INFO - Once more'), { mode: 0o755 })
    const first = rig.start({ START_SCRIPT: script })
    await eventually('a client is in', () =>
      first.log().some(({ msg }) => msg.includes('Restarting System...'))
        ? rig.query('CREATE TABLE early AS SELECT 2 AS kept').catch(() => undefined)
        : undefined,
    )
    await first.stop()
    const again = rig.start()
    await again.answers('/readyz')
    expect(await rig.query('SELECT kept FROM early')).toEqual([{ kept: 2 }])
    expect(await again.stop()).toBe(0)
  })

  it('over a pg_hba.conf without a server is tried, moved aside and begun again', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    await mkdir(join(rig.data, 'master/gpseg-1'), { recursive: true })
    // Under root the supervisor runs as somebody else.
    for (const path of ['master', 'master/gpseg-1']) await chmod(join(rig.data, path), 0o777)
    await writeFile(join(rig.data, 'master/gpseg-1/pg_hba.conf'), 'local all all trust\n')
    expect(await rig.start().exited).toBe(69)
    const again = rig.start()
    await again.answers('/readyz')
    expect(again.log().some(({ msg }) => msg.includes('moved aside'))).toBe(true)
    expect(await again.stop()).toBe(0)
  })
})

describe('a stop', () => {
  it('in the first start keeps what clients commit while it waits for the restart at work', async () => {
    // By gpstop, which starts again what it has stopped.
    const rig = await createRig({
      GREENPLUM_PXF_ENABLE: 'false',
      GREENPLUM_FAST_START: 'off',
      STANDIN_TIME_SCALE: '0.5',
    })
    const first = rig.start()
    await eventually('the restart is at work', () =>
      first.log().some(({ msg }) => msg === 'Starting gpstop with args: -ar'),
    )
    first.child.kill('SIGTERM')
    // The temporary server would be held up by a session; clients from elsewhere do not get into it.
    await eventually('the temporary server is gone', () =>
      first.log().some(({ msg }) => msg.includes('Restarting System...')),
    )
    await eventually('a client that tries again and again is in', () =>
      rig.query('CREATE TABLE early AS SELECT 2 AS kept').catch(() => undefined),
    )
    expect(await first.exited).toBe(0)
    expect(verdictOf(first)).toMatchObject({ proven: true, firstStartUnfinished: false })

    const again = rig.start()
    await again.answers('/readyz')
    expect(await rig.query('SELECT kept FROM early')).toEqual([{ kept: 2 }])
    await again.stop()
  })

  it('ends though nobody reads the log any more, with its verdict on the volume', async () => {
    const { rig, child, exited } = await startUnread(20_000_000)
    child.kill('SIGTERM')
    expect(await Promise.race([exited, sleep(60_000).then(() => 'it did not end')])).toBe(0)
    const endedAt = Date.now()
    expect(await rig.file('.gp-supervisor/last-stop.json')).toContain('"proven": true')
    // A reader that takes nothing is given up after less than a second.
    const { mtimeMs } = await stat(join(rig.data, '.gp-supervisor/last-stop.json'))
    expect(endedAt - mtimeMs).toBeLessThan(5000)
  })
})

describe('a PXF that hangs', () => {
  it('is ended and started again, and the database is not touched', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    const before = rig.processes()
    process.kill(before.pxf ?? 0, 'SIGSTOP')
    const { reasons } = await run.answers('/readyz', 503)
    expect(reasons[0]?.reason).toContain('is running, but does not respond')
    await run.answers('/readyz')
    const after = rig.processes()
    expect(after.pxf).not.toBe(before.pxf)
    expect(after.coordinator).toBe(before.coordinator)
    expect(await run.stop()).toBe(0)
    expect(verdictOf(run).proven).toBe(true)
  }, 240_000)
})
