import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { catalogVersion, clusterRelease, imageRelease, postgresVersion } from './release.ts'

it.each([
  ['postgres (Greenplum Database) 9.4.26', '9.4'],
  ['postgres (Greenplum Database) 12.12', '12'],
  ['postgres (Apache Cloudberry) 14.4', '14'],
  ['postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)', '15'],
  ['postgres (PostgreSQL) 18beta1', '18'],
  ['bash: postgres: command not found', undefined],
])('the release in `%s` is %s', (output, expected) => {
  expect(postgresVersion(output)).toBe(expected)
})

it('the catalog version stands in a line of its own', () => {
  const control =
    'pg_control version number:            9420600\nCatalog version number:               301908232\n'
  expect(catalogVersion(control)).toBe('301908232')
  expect(catalogVersion('Catalog version number:')).toBeUndefined()
})

it('what cannot be asked is unknown: no file, no program', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'release-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const nothing = { postgres: undefined, catalog: undefined }
  expect(await clusterRelease(folder, { PATH: folder })).toEqual(nothing)
  expect(await imageRelease({ PATH: folder })).toEqual(nothing)
  await writeFile(join(folder, 'PG_VERSION'), '9.4\n')
  expect(await clusterRelease(folder, { PATH: folder })).toEqual({ ...nothing, postgres: '9.4' })
})
