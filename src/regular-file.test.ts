import { spawnSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './config/load.ts'
import { observePostmaster } from './greenplum/data-directories.ts'
import { hbaPath, observeHba, reconcileHbaFile } from './hba/reconcile.ts'
import { observeJvm } from './pxf/probe.ts'
import { readRegular } from './regular-file.ts'
import { observeVolume } from './volume/observe.ts'
import { readMarker, readPreviousStop } from './volume/state.ts'

const mostBytes = 16 * 1024 * 1024

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'regular-'))))
afterEach(() => rm(folder, { recursive: true }))

async function pipe(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  spawnSync('mkfifo', [path])
}

describe('readRegular', () => {
  it('reads a file whole', async () => {
    await writeFile(join(folder, 'a'), 'grün\n')
    expect(await readRegular(join(folder, 'a'))).toBe('grün\n')
  })

  it('says what is no file', async () => {
    await expect(readRegular(folder)).rejects.toThrow('not a file')
    await expect(readRegular(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('answers a file whole or not at all', async () => {
    const path = join(folder, 'a')
    await writeFile(path, 'x')
    await truncate(path, mostBytes)
    expect((await readRegular(path)).length).toBe(mostBytes)
    await appendFile(path, 'y')
    await expect(readRegular(path)).rejects.toThrow('it is larger than 16 MiB')
  })
})

describe('a pg_hba.conf beyond all measure', () => {
  const rule = { user: 'gpadmin', method: 'trust' } as const

  it('is an error and stays as it is; a smaller one gets the rule (negative control)', async () => {
    const path = hbaPath(folder)
    await writeFile(path, '# rules\n')
    expect(await reconcileHbaFile(path, rule)).toBe('changed')
    await truncate(path, mostBytes)
    await appendFile(path, 'local all all trust\n')
    const { size, ino, mtimeMs } = await stat(path)
    await expect(reconcileHbaFile(path, { ...rule, method: 'md5' })).rejects.toThrow(
      `cannot read ${path}: it is larger than 16 MiB`,
    )
    expect(await stat(path)).toMatchObject({ size, ino, mtimeMs })
    expect((await readFile(path, 'latin1')).endsWith('local all all trust\n')).toBe(true)
  })

  it('is not judged by its beginning: a cluster that lets clients in is never taken for half-made', async () => {
    const path = hbaPath(folder)
    await writeFile(path, '')
    await truncate(path, mostBytes)
    await appendFile(path, '\nhost all all 0.0.0.0/0 md5\n')
    await expect(observeHba(folder)).rejects.toThrow('it is larger than 16 MiB')
  })
})

/** A thread that is blocked in open(2) keeps the process from ending, so these would never end either. */
describe('a named pipe on the volume holds nobody up', () => {
  it('as pg_hba.conf', async () => {
    const environment = { GREENPLUM_PASSWORD: 'gpadmin', GREENPLUM_DATA_DIRECTORY: folder }
    const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
    await pipe(hbaPath(config.greenplum.coordinatorDirectory))
    expect(await observeVolume(config.greenplum)).toMatchObject({
      hbaText: undefined,
      unreadable: ['it is not a file'],
    })
    const path = hbaPath(config.greenplum.coordinatorDirectory)
    await expect(reconcileHbaFile(path, { user: 'gpadmin', method: 'trust' })).rejects.toThrow(
      `cannot read ${path}: it is not a file`,
    )
  })

  it('as a pid file', async () => {
    await pipe(join(folder, 'postmaster.pid'))
    await pipe(join(folder, 'run/pxf-app.pid'))
    expect(await observePostmaster(folder)).toEqual({ state: 'none' })
    expect(await observeJvm(folder)).toEqual({ state: 'none' })
  })

  it('as a note of ours', async () => {
    for (const name of ['volume.json', 'run.json', 'last-stop.json'])
      await pipe(join(folder, '.gp-supervisor', name))
    await expect(readMarker(folder)).rejects.toThrow('not a file')
    expect(await readPreviousStop(folder)).toEqual({ kind: 'none' })
  })
})
