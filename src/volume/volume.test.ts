import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodes } from '../errors.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { lockVolume } from './lock.ts'
import {
  beginRun,
  beginStop,
  endRun,
  interruptedStarts,
  moveAside,
  readMarker,
  readPreviousStop,
  writeMarker,
} from './state.ts'

const now = '2026-11-21T07:15:00.000Z'
let data = ''
beforeEach(async () => void (data = await mkdtemp(join(tmpdir(), 'volume-'))))
afterEach(() => rm(data, { recursive: true }))

describe('the marker of the first start', () => {
  it('is remembered, readable by its owner alone', async () => {
    expect(await readMarker(data)).toBe('none')
    for (const state of ['initializing', 'serving', 'initialized'] as const) {
      await writeMarker(data, state, now)
      expect(await readMarker(data)).toBe(state)
    }
    expect((await stat(join(data, '.gp-supervisor/volume.json'))).mode & 0o777).toBe(0o600)
  })

  it('is no licence to move anything when it cannot be understood', async () => {
    await writeMarker(data, 'initializing', now)
    await writeFile(join(data, '.gp-supervisor/volume.json'), '{"version":1,"state":"init')
    expect(await readMarker(data)).toBe('none')
  })
})

describe('moveAside', () => {
  it('moves what a first start makes, keeps every byte, and leaves the rest where it is', async () => {
    await mkdir(join(data, 'master/gpseg-1'), { recursive: true })
    await writeFile(join(data, 'master/gpseg-1/PG_VERSION'), '9.4\n')
    for (const name of ['00/primary', '01/mirror', 'pxf', 'mine', '2023', '77/mine']) {
      await mkdir(join(data, name), { recursive: true })
    }
    await writeFile(join(data, 'hostfile_gpinitsystem'), 'gpdbsne\n')
    const { to, moved } = await moveAside({ dataDirectory: data, profile: greenplum6 }, now)
    expect(to).toBe(join(data, '.gp-supervisor/interrupted-20261121T071500Z'))
    expect(moved.toSorted()).toEqual(['00', '01', 'hostfile_gpinitsystem', 'master'])
    expect(await readFile(join(to, 'master/gpseg-1/PG_VERSION'), 'utf8')).toBe('9.4\n')
    expect((await readdir(data)).toSorted()).toEqual(['.gp-supervisor', '2023', '77', 'mine', 'pxf'])
  })

  it('leaves no empty folder where the start was cut off before it made anything', async () => {
    await mkdir(join(data, 'pxf'))
    expect((await moveAside({ dataDirectory: data, profile: greenplum6 }, now)).moved).toEqual([])
    expect(await readdir(data)).toEqual(['pxf'])
  })
})

describe('the end of the previous run', () => {
  const stop = {
    at: now,
    reason: 'SIGTERM',
    exitCode: 0,
    proven: true,
    seconds: 4,
    phase: 'ready',
    directories: [],
  }

  it('is reported once: none, then as it was written, then killed', async () => {
    expect(await beginRun(data, now)).toEqual({ kind: 'none' })
    await endRun(data, stop)
    expect(await beginRun(data, now)).toEqual({ kind: 'stopped', stop, startedAt: now })
    expect(await beginRun(data, now)).toEqual({ kind: 'unclean', startedAt: now, cleanStopSeconds: 4 })
  })

  it('tells a stop that was killed half-way from a run that was, and how long it was at work', async () => {
    await beginRun(data, now)
    const began = new Date(Date.now() - 10_000).toISOString()
    const endSigns = await beginStop(data, began)
    endSigns()
    expect(await beginRun(data, now)).toEqual({
      kind: 'unclean',
      startedAt: now,
      stopBeganAt: began,
      stoppedForSeconds: 10,
    })
    expect(await beginRun(data, now)).toEqual({ kind: 'unclean', startedAt: now })
  })
})

describe('what cannot be read on the volume', () => {
  it.each(['{}', '[]', '{"proven":true}', 'null', '{"proven":'])(
    'is not taken for the record of a stop: %s',
    async (text) => {
      await beginRun(data, now)
      await writeFile(join(data, '.gp-supervisor/last-stop.json'), text)
      expect(await readPreviousStop(data)).toEqual({ kind: 'unclean', startedAt: now })
      await writeFile(join(data, '.gp-supervisor/run.json'), '{"startedAt":"yesterday"}')
      expect(await readPreviousStop(data)).toEqual({ kind: 'none' })
    },
  )

  it('is not taken for a run that there never was', async () => {
    await beginRun(data, now)
    await rm(join(data, '.gp-supervisor/run.json'))
    await symlink('run.json', join(data, '.gp-supervisor/run.json'))
    expect(await readPreviousStop(data)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('ELOOP') as string,
    })
    // The note is put in its place, whatever was there.
    expect(await beginRun(data, now)).toMatchObject({ kind: 'unknown' })
    expect(await beginRun(data, now)).toEqual({ kind: 'unclean', startedAt: now })
  })

  it('is not taken for a volume without interrupted first starts', async () => {
    expect(await interruptedStarts(data)).toEqual([])
    await symlink('.gp-supervisor', join(data, '.gp-supervisor'))
    await expect(interruptedStarts(data)).rejects.toThrow('ELOOP')
    await expect(readMarker(data)).rejects.toThrow('ELOOP')
  })
})

describe('lockVolume', () => {
  const { signal } = new AbortController()

  it('refuses a second holder with exit code 73 until the first lets go', async () => {
    const first = await lockVolume(data, signal, () => {})
    expect(first.held).toBe(true)
    await expect(lockVolume(data, signal, () => {})).rejects.toMatchObject({
      exitCode: exitCodes.volumeLocked,
      message: expect.stringContaining('cannot use the volume: another container is using it') as string,
    })
    await first.release()
    const second = await lockVolume(data, signal, () => {})
    expect(second.held).toBe(true)
    await second.release()
  })
})
