import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { judgePlace, makeRoom, observePlace, type CoordinatorPlace } from './standby-place.ts'

const place = (more: Partial<CoordinatorPlace> = {}): CoordinatorPlace => ({
  directory: '/data/master/gpseg-1',
  isEmpty: false,
  isServer: true,
  follows: true,
  isCopy: false,
  postmaster: 'none',
  ...more,
})

describe('the place of a standby', () => {
  it('is free where nothing is, and is made free where only a standby was, or half of one', () => {
    expect(judgePlace(place({ isEmpty: true, isServer: false, follows: false }))).toEqual({ kind: 'free' })
    expect(judgePlace(place())).toEqual({ kind: 'move' })
    expect(judgePlace(place({ postmaster: 'dead' }))).toEqual({ kind: 'move' })
    expect(judgePlace(place({ isServer: false, follows: false }))).toEqual({ kind: 'move' })
    expect(judgePlace(place({ isCopy: true, follows: false }))).toEqual({ kind: 'move' })
  })

  it.each([
    [
      { follows: false },
      'it has the data of a coordinator, not of a standby; if nobody needs it, move it away',
    ],
    [{ postmaster: 'alive' }, 'a server runs in it'],
    [{ postmaster: 'unknown' }, 'it cannot be told whether a server runs in it'],
  ] as const)('is refused with %o', (more, reason) => {
    expect(judgePlace(place(more))).toEqual({ kind: 'refuse', reason: `/data/master/gpseg-1: ${reason}` })
  })
})

describe('on the disk', () => {
  let dataDirectory: string
  let coordinatorDirectory: string
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'standby-'))
    coordinatorDirectory = join(dataDirectory, 'master/gpseg-1')
  })
  afterEach(() => rm(dataDirectory, { recursive: true, force: true }))
  const config = () => ({ coordinatorDirectory, dataDirectory })

  it('the parent is made for a new one', async () => {
    expect(judgePlace(await observePlace(config()))).toEqual({ kind: 'free' })
    expect(await makeRoom(config(), { kind: 'free' })).toBeUndefined()
    expect(await readdir(join(dataDirectory, 'master'))).toEqual([])
  })

  it('a coordinator that is being backed up is no copy; one that was never started is', async () => {
    await mkdir(join(coordinatorDirectory, 'global'), { recursive: true })
    for (const name of ['global/pg_control', 'backup_label'])
      await writeFile(join(coordinatorDirectory, name), '')
    expect(judgePlace(await observePlace(config())).kind).toBe('move')
    // Each start of a server writes it, and no copy gets it.
    await writeFile(join(coordinatorDirectory, 'postmaster.opts'), '')
    expect(judgePlace(await observePlace(config())).kind).toBe('refuse')
  })

  it('what was left of one is kept, the newest only', async () => {
    const to = join(dataDirectory, '.gp-supervisor/former-standby')
    for (const sign of ['recovery.conf', 'standby.signal']) {
      await mkdir(join(coordinatorDirectory, 'global'), { recursive: true })
      await writeFile(join(coordinatorDirectory, 'global/pg_control'), '')
      // Negative control: without the sign it is a coordinator's.
      expect(judgePlace(await observePlace(config())).kind).toBe('refuse')
      await writeFile(join(coordinatorDirectory, sign), '')
      const verdict = judgePlace(await observePlace(config()))
      expect(verdict).toEqual({ kind: 'move' })
      expect(await makeRoom(config(), verdict)).toBe(to)
      expect(await readdir(to)).toEqual(['global', sign])
      expect(await readdir(join(dataDirectory, 'master'))).toEqual([])
    }
  })
})
