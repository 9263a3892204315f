import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid, pid } from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../config/config.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { deadServers, observeServers } from './readiness.ts'
import { findServerDirectories, findServers, observePostmaster, surveyServers } from './data-directories.ts'

let data = ''
const config = () =>
  ({
    profile: greenplum6,
    dataDirectory: data,
    segmentPrefix: 'gpseg',
    coordinatorDirectory: join(data, 'master/gpseg-1'),
  }) as Config['greenplum']

/** @param startedIn what its last start wrote down */
function server(path: string, startedIn = path): string {
  mkdirSync(join(data, path, 'global'), { recursive: true })
  writeFileSync(join(data, path, 'global/pg_control'), '')
  writeFileSync(
    join(data, path, 'postmaster.opts'),
    `/usr/bin/postgres "-D" "${join(data, startedIn)}" "-p" "1"\n`,
  )
  return join(data, path)
}

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'gp-directories-'))
})
afterEach(() => {
  rmSync(data, { recursive: true, force: true })
})

describe('findServerDirectories', () => {
  it('finds the coordinator first, then the segments', async () => {
    const segments = [server('00/primary/gpseg0'), server('01/primary/gpseg1')]
    const coordinator = server('master/gpseg-1')
    expect(await findServerDirectories(config())).toEqual([coordinator, ...segments])
  })

  it('loses none of them over a folder that cannot be looked into', async () => {
    const coordinator = server('master/gpseg-1')
    symlinkSync('loop', join(data, 'loop'))
    expect(await findServerDirectories(config())).toEqual([coordinator])
    await expect(findServers(config())).rejects.toThrow('ELOOP')
  })

  it('tells a place of its own that cannot be looked into, so that nothing is proven without it', async () => {
    const coordinator = server('master/gpseg-1')
    symlinkSync('01', join(data, '01'))
    symlinkSync('loop', join(data, 'loop'))
    const { directories, unreadable } = await surveyServers(config())
    expect(directories).toEqual([coordinator])
    expect(unreadable.map(({ path }) => path)).toEqual([join(data, '01')])
    expect(unreadable[0]?.reason).toContain('ELOOP')
  })

  it('takes a server that was started by a relative path for what it is', async () => {
    const segment = server('00/primary/gpseg0')
    writeFileSync(join(segment, 'postmaster.opts'), '/usr/bin/postgres "-D" "gpseg0"\n')
    expect(await findServerDirectories(config())).toEqual([segment])
  })

  it('leaves out a copy that somebody laid beside a server, but never the coordinator', async () => {
    const coordinator = server('master/gpseg-1', 'elsewhere')
    const segment = server('00/primary/gpseg0')
    server('backup/gpseg-1', 'master/gpseg-1')
    server('00/old/gpseg0', '00/primary/gpseg0')
    expect(await findServerDirectories(config())).toEqual([coordinator, segment])
  })
})

describe('observePostmaster', () => {
  it.skipIf(getuid?.() === 0)("takes another user's process for a stranger (not as root)", async () => {
    const directory = server('master/gpseg-1')
    writeFileSync(join(directory, 'postmaster.pid'), `1\n${directory}\n0\n5432\n/tmp\n`)
    expect(await observePostmaster(directory)).toEqual({ state: 'dead', pid: 1 })
  })

  it('cannot tell of a pid file that cannot be read: the server is not called gone', async () => {
    const directory = server('master/gpseg-1')
    expect(await observePostmaster(directory)).toEqual({ state: 'none' })
    symlinkSync('postmaster.pid', join(directory, 'postmaster.pid'))
    expect(await observePostmaster(directory)).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('ELOOP') as string,
    })
    const place = { ...config(), deployment: 'singlenode' as const }
    expect(deadServers(await observeServers(place), place)).toEqual([])
  })

  it('cannot tell of a server whose directory cannot be looked up', async () => {
    const directory = server('master/gpseg-1')
    writeFileSync(join(directory, 'postmaster.pid'), `${pid}\n${directory}\n0\n5432\n/tmp\n`)
    expect(await observePostmaster(directory)).toEqual({ state: 'dead', pid })
    symlinkSync('loop', join(data, 'loop'))
    expect((await observePostmaster(join(data, 'loop'))).state).toBe('unknown')
  })
})
