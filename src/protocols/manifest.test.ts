import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseManifest, readLibraries, type Library } from './manifest.ts'

const place = { name: 'demo', file: '/m.json', defaultDatabase: 'gp_dwh' }
const parse = (manifest: unknown) => parseManifest(JSON.stringify(manifest), place)
const faultsOf = (manifest: unknown) => {
  const parsed = parse(manifest)
  return 'faults' in parsed ? parsed.faults : []
}

const whole = {
  protocol: { name: 'demoprot', read: 'r', write: 'w', validate: 'v', trusted: true },
  formatters: [
    { name: 'formatter_import', direction: 'import' },
    { name: 'out', direction: 'export', symbol: 'formatter_export' },
  ],
  library: 'other',
  databases: ['a', 'b', 'a'],
  grants: [
    { privilege: 'all', roles: ['x'] },
    { privilege: 'select', roles: ['x', 'public'] },
  ],
}

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function imageWith(manifests: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'protocols-'))
  folders.push(folder)
  for (const [name, manifest] of Object.entries(manifests)) {
    await mkdir(join(folder, name))
    await writeFile(join(folder, name, 'manifest.json'), JSON.stringify(manifest))
  }
  return folder
}

describe('a manifest', () => {
  it('is read with all that it may say', () => {
    expect(parse(whole)).toEqual({
      name: 'demo',
      file: '/m.json',
      library: '$libdir/other',
      protocol: whole.protocol,
      formatters: [
        { name: 'formatter_import', symbol: 'formatter_import', direction: 'import' },
        { name: 'out', symbol: 'formatter_export', direction: 'export' },
      ],
      databases: ['a', 'b'],
      grants: [
        { role: 'x', privilege: 'select' },
        { role: 'x', privilege: 'insert' },
        { role: 'public', privilege: 'select' },
      ],
    })
  })

  it('needs little: the library is called as the folder, the database is the configured one', () => {
    expect(parse({ protocol: { name: 'p', read: 'r' } })).toEqual({
      name: 'demo',
      file: '/m.json',
      library: '$libdir/demo',
      protocol: { name: 'p', read: 'r', write: undefined, validate: undefined, trusted: false },
      formatters: [],
      databases: ['gp_dwh'],
      grants: [],
    })
  })

  it('says every fault at once, each with file and key', () => {
    expect(
      faultsOf({
        protocol: { name: 'Demo', validate: 1, trust: true },
        formatters: [{ name: 'f-x', direction: 'both' }],
        library: '../evil',
        databases: [],
        grants: [{ privilege: 'usage', roles: [] }],
        owner: 'me',
      }),
    ).toEqual([
      '/m.json: protocol.name is "Demo"; allowed: a URL scheme: at most 63 lower-case letters, digits and _, starting with a letter',
      '/m.json: protocol.validate is 1; allowed: the name of a C function: at most 63 letters, digits and _, not starting with a digit',
      '/m.json: protocol.trust is not a key of a manifest',
      '/m.json: formatters[0].name is "f-x"; allowed: the name of a C function: at most 63 letters, digits and _, not starting with a digit',
      '/m.json: formatters[0].direction is "both"; allowed: one of import, export',
      '/m.json: library is "../evil"; allowed: the name of a library without directory and .so',
      '/m.json: databases is []; allowed: at least one database',
      '/m.json: grants[0].privilege is "usage"; allowed: one of select, insert, all',
      '/m.json: grants[0].roles is []; allowed: at least one role',
      '/m.json: owner is not a key of a manifest',
    ])
  })

  it.each([
    [{}, 'the manifest is {}; allowed: a manifest with "protocol" or "formatters", or both'],
    [{ protocol: { name: 'p' } }, 'protocol is {"name":"p"}; allowed: with "read" or "write", or both'],
    [
      { protocol: { name: 'gpfdist', read: 'r' } },
      'protocol.name is "gpfdist"; allowed: a name that neither Greenplum nor PXF uses',
    ],
    [
      { protocol: { name: 'p', read: 'r' }, grants: [{ privilege: 'all', roles: ['x'] }] },
      'grants is [{"privilege":"all","roles":["x"]}]; allowed: no value without a protocol with "trusted": true, because only superusers may use other protocols',
    ],
    [[], 'the manifest is []; allowed: '],
  ])('is refused as %j', (manifest, fault) => {
    expect(faultsOf(manifest)[0]).toContain(`/m.json: ${fault}`)
  })

  it('that is no JSON is refused with the place', () => {
    expect(parseManifest('{ "protocol": ', place)).toEqual({
      name: 'demo',
      faults: [expect.stringMatching(/^\/m\.json: this is not valid JSON: /)],
    })
  })
})

describe('the folder of the image', () => {
  it('has none where it is missing', async () => {
    expect(await readLibraries('/nowhere/at/all', 'gp_dwh')).toEqual({ sound: [], faulty: [] })
  })

  it('that cannot be listed is a fault', async () => {
    const image = await imageWith({ a: whole })
    const { faulty } = await readLibraries(join(image, 'a/manifest.json'), 'gp_dwh')
    expect(faulty).toEqual([
      {
        name: '(all)',
        faults: [expect.stringContaining(`cannot read ${image}/a/manifest.json: ENOTDIR`)],
      },
    ])
  })

  it('is read in order, the sound beside the faulty', async () => {
    const image = await imageWith({ b: { formatters: [{ name: 'f', direction: 'import' }] }, a: whole })
    await mkdir(join(image, 'c'))
    await writeFile(join(image, 'README.md'), 'no folder')
    const { sound, faulty } = await readLibraries(image, 'gp_dwh')
    expect(sound.map(({ name }: Library) => name)).toEqual(['a', 'b'])
    expect(faulty).toEqual([
      { name: 'c', faults: [`cannot read ${image}/c/manifest.json: it does not exist`] },
    ])
  })

  it('may not want one function as two things', async () => {
    const image = await imageWith({
      a: { protocol: { name: 'p', read: 'f', write: 'f', validate: 'f' } },
      b: {
        formatters: [
          { name: 'g', direction: 'import' },
          { name: 'g', direction: 'import', symbol: 'other' },
        ],
      },
      c: { protocol: { name: 'q', read: 'h', write: 'h' } },
    })
    const { sound, faulty } = await readLibraries(image, 'gp_dwh')
    expect(sound.map(({ name }) => name)).toEqual(['c'])
    expect(faulty).toEqual([
      {
        name: 'a',
        faults: [`${image}/a/manifest.json: function f is defined twice, differently`],
      },
      {
        name: 'b',
        faults: [`${image}/b/manifest.json: function g is defined twice, differently`],
      },
    ])
  })

  it('may not make one thing twice in a database, but in two', async () => {
    const formatters = [{ name: 'f', direction: 'import' }]
    const image = await imageWith({
      a: { formatters },
      b: { formatters, databases: ['elsewhere'] },
      c: { formatters: [{ name: 'f', direction: 'export' }] },
      d: { protocol: { name: 'p', read: 'f' } },
    })
    const { sound, faulty } = await readLibraries(image, 'gp_dwh')
    expect(sound.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(faulty).toEqual([
      {
        name: 'd',
        faults: [`${image}/d/manifest.json: function f is already defined by ${image}/a/manifest.json`],
      },
    ])
  })
})
