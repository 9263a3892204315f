/** A new family is one file and its line in the list: everything else takes it from there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Environment } from '../config/config.ts'

/** The file. */
const { papaya } = vi.hoisted(() => ({
  papaya: {
    family: 'papaya1',
    title: 'Papaya 1',
    postgres: '17',
    products: [{ name: 'Papaya 1', tried: 'made up' }],
    prefix: 'PAPAYA',
    otherVariables: ['COLOUR'],
    beyondPlainCluster: ['COLOUR'],
    gphome: '/opt/papaya',
    timeZones: ['/opt/papaya/zones'],
    startScript: '/papaya.sh',
    initScripts: '/papaya-init.d',
    initScriptsLine: /^init_folder=(\S+)/m,
    stageLines: [
      { line: /^making the cluster/, stage: 'initializing', from: ['launched'] },
      { line: /^ripe/, stage: 'starting', from: ['launched', 'initializing'] },
    ],
    tools: ['papctl'],
    administrator: 'papadmin',
    dataDirectory: '/fruit',
    segmentPrefix: 'seed',
    layout: {
      coordinatorFolder: 'stem',
      segmentFolder: /^half-\d$/,
      segmentRoles: ['left', 'right'],
      firstStartFiles: /^papaya\.conf$/,
      initFile: 'papaya.conf',
    },
    serverOptions: { coordinator: () => '--ripe', segment: () => '--seed' },
    coordinatorTitle: 'COORDINATOR',
    dataDirectoryVariables: ['STEM'],
    logFolder: 'diary',
    catalogDump: 'pips',
    coordinatorPort: 7777,
    socketDirectory: '/run',
    pxf: { home: '/opt/pxf', folder: 'outside', port: 7778, java: [25] },
    sql: { externalTables: 'pg_foreign_table' },
  },
}))

/** The line. */
vi.mock('./families.ts', async (original) => {
  const { families } = await original<typeof import('./families.ts')>()
  return { families: [...families, papaya] }
})

const { shownImage } = await import('../config/config.ts')
const { loadConfig } = await import('../config/load.ts')
const { findServerDirectories } = await import('../greenplum/data-directories.ts')
const { startScriptEnvironment } = await import('../greenplum/environment.ts')
const { stageAfter } = await import('../greenplum/stages.ts')
const { productOf } = await import('../greenplum/release.ts')
const { moveAside } = await import('../volume/state.ts')

const files: Readonly<Record<string, string>> = {
  '/opt/papaya/share/postgresql/postgres.bki': '# PostgreSQL 17\n',
  '/papaya.sh': '#!/bin/sh\ninit_folder=/seeds.d\n',
}
const load = (environment: Environment) =>
  loadConfig({
    environment,
    hostname: 'h',
    readFile: (path) => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
      return content
    },
  })

it('is recognised, and the configuration is that of its image', () => {
  const config = load({ PAPAYA_PASSWORD: 'p', PAPAYA_DATABASE_NAME: 'green', GREENPLUM_USER: 'nobody' })
  expect(shownImage(config)).toEqual({
    family: 'papaya1',
    chosen: 'seen',
    reason: '/opt/papaya has PostgreSQL 17',
  })
  expect(config.greenplum).toMatchObject({
    user: 'papadmin',
    password: 'p',
    database: 'green',
    coordinatorDirectory: '/fruit/stem/seed-1',
    startScript: '/papaya.sh',
    initScriptsDirectory: '/seeds.d',
  })
  expect(config.pxf).toMatchObject({ home: '/opt/pxf', base: '/fruit/outside', port: 7778 })
})

it('can be set by hand', () => {
  const config = load({ BASE_IMAGE_FAMILY: 'papaya1', PAPAYA_PASSWORD: 'p' })
  expect(shownImage(config)).toMatchObject({ family: 'papaya1', chosen: 'set' })
})

it('has its own names in every fault', () => {
  expect(() => load({ PAPAYA_USR: 'x', HEALTH_PORT: '7777', PAPAYA_COLOUR: 'red' })).toThrow(
    /HEALTH_PORT is "7777", which is the port of Greenplum[^]*PAPAYA_PASSWORD is not set[^]*PAPAYA_USR is not a variable of this image; did you mean PAPAYA_USER\?/,
  )
})

it('gives the start script its own variables, and is followed by its own lines', () => {
  const config = load({ PAPAYA_PASSWORD: 'p' })
  expect(startScriptEnvironment({}, config)).toEqual({
    PAPAYA_USER: 'papadmin',
    PAPAYA_DATABASE_NAME: 'gp_dwh',
    PAPAYA_DATA_DIRECTORY: '/fruit',
    PAPAYA_SEG_PREFIX: 'seed',
    PAPAYA_DEPLOYMENT: 'singlenode',
    PAPAYA_PXF_ENABLE: 'false',
    STEM: '/fruit/stem/seed-1',
  })
  const { stageLines } = config.greenplum.profile
  expect(stageAfter(stageLines, 'launched', 'ripe')).toBe('starting')
  expect(stageAfter(stageLines, 'launched', 'INFO - Start GPDB')).toBe('launched')
  expect(productOf('17')).toBe('Papaya 1')
})

it('has its servers found, and moved aside, where it puts them', async () => {
  const data = await mkdtemp(join(tmpdir(), 'papaya-'))
  onTestFinished(() => rm(data, { recursive: true }))
  for (const path of ['stem/seed-1', 'half-1/left/seed0', 'half-2/left/seed1', 'outside/left/seed9']) {
    await mkdir(join(data, path, 'global'), { recursive: true })
    await writeFile(join(data, path, 'global/pg_control'), '')
  }
  const { greenplum } = load({ PAPAYA_PASSWORD: 'p', PAPAYA_DATA_DIRECTORY: data })
  expect(await findServerDirectories(greenplum)).toEqual(
    ['stem/seed-1', 'half-1/left/seed0', 'half-2/left/seed1'].map((path) => join(data, path)),
  )
  const { moved } = await moveAside(greenplum, '2026-11-21T07:15:00.000Z')
  expect(moved.toSorted()).toEqual(['half-1', 'half-2', 'stem'])
})
