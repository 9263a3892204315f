import { describe, expect, it } from 'vitest'
import { families } from './families.ts'
import { initScriptsOf, recognise, type ReadStart } from './recognise.ts'

const six = '/usr/local/greenplum-db/share/postgresql/postgres.bki'
const berry = '/usr/local/cloudberry-db/share/postgresql/postgres.bki'

/** An image with these files; an error code stands for one that cannot be read. */
const image =
  (files: Readonly<Record<string, string>>): ReadStart =>
  (path, mostBytes) => {
    const content = files[path] ?? 'ENOENT'
    if (/^E[A-Z]+$/.test(content)) throw Object.assign(new Error(`${content}: ${path}`), { code: content })
    return content.slice(0, mostBytes)
  }

describe('recognise', () => {
  it.each([
    ['greenplum6', { [six]: '# PostgreSQL 9.4\ncreate pg_proc 1255' }],
    ['greenplum7', { [six]: '# PostgreSQL 12\n' }],
    ['cloudberry', { [berry]: '# PostgreSQL 14\n', '/start_cbdb.sh': '#!' }],
  ])('sees %s by its files', (family, files) => {
    const seen = recognise(undefined, image(files))
    expect([seen.profile.family, seen.chosen]).toEqual([family, 'seen'])
  })

  it('takes what was set by hand, whatever lies there', () => {
    const set = recognise('cloudberry', image({ [six]: '# PostgreSQL 9.4\n' }))
    expect([set.profile.family, set.chosen, set.reason]).toEqual([
      'cloudberry',
      'set',
      'BASE_IMAGE_FAMILY=cloudberry',
    ])
  })

  it.each([
    ['the newest of those that are not newer', 'greenplum7', { [six]: '# PostgreSQL 13\n' }, 'PostgreSQL 13'],
    ['one with that start script', 'cloudberry', { '/start_cbdb.sh': '#!' }, 'no Greenplum in'],
    ['the first of the list', 'greenplum6', {}, 'there is no Greenplum in /usr/local/greenplum-db'],
    ['the first where nobody can tell', 'greenplum6', { [six]: 'EACCES' }, `cannot read ${six}: EACCES`],
    ['the first over a file of something else', 'greenplum6', { [six]: 'x' }, 'of an unknown version'],
  ])('falls to %s', (_what, family, files: Record<string, string>, reason) => {
    const guessed = recognise(undefined, image(files))
    expect([guessed.profile.family, guessed.chosen]).toEqual([family, 'nearest'])
    expect(guessed.reason).toContain(reason)
  })

  it('never has two families to choose from', () => {
    const signs = families.map(({ gphome, postgres }) => `${gphome} ${postgres}`)
    expect(new Set(signs).size).toBe(signs.length)
    expect(new Set(families.map(({ family }) => family)).size).toBe(families.length)
  })
})

describe('the folder of custom init scripts', () => {
  const [profile] = families
  it.each([
    ['the one that the script names', '#!/bin/bash\ngp_custom_init_dir="/my/init.d"\n', '/my/init.d'],
    ['the usual one, where it names none', '#!/bin/bash\n', '/docker-entrypoint-initdb.d'],
    ['the usual one, where it is computed', 'gp_custom_init_dir="/x/${y}"\n', '/docker-entrypoint-initdb.d'],
    ['the usual one, where there is no script', 'ENOENT', '/docker-entrypoint-initdb.d'],
  ])('is %s', (_what, script, folder) => {
    expect(initScriptsOf(profile, '/s.sh', image({ '/s.sh': script }))).toBe(folder)
  })
})
