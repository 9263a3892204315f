import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './config/config.ts'
import { observeDatabase } from './doctor/database-facts.ts'
import { observePostmaster } from './greenplum/data-directories.ts'
import { hbaPath } from './hba/reconcile.ts'
import { observeJvm } from './pxf/probe.ts'
import { readRegular } from './regular-file.ts'
import { readMarker, readPreviousStop } from './volume/state.ts'

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
})

/** A thread that is blocked in open(2) keeps the process from ending, so these would never end either. */
describe('a named pipe on the volume holds nobody up', () => {
  it('as pg_hba.conf', async () => {
    const environment = { GREENPLUM_PASSWORD: 'gpadmin', GREENPLUM_DATA_DIRECTORY: folder }
    const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
    await pipe(hbaPath(config.greenplum.coordinatorDirectory))
    expect((await observeDatabase(config, undefined)).hba).toMatchObject({ text: undefined })
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
