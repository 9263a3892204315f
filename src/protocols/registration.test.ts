import { describe, expect, it } from 'vitest'
import { explainLibraryError } from './explain.ts'
import { leftoversOf } from './leftovers.ts'
import { wholeFolder, type Library } from './manifest.ts'
import type { Observed, ObservedFunction, ObservedProtocol } from './observe.ts'
import { planRegistration } from './registration.ts'
import { wantedFunctions } from './wanted.ts'

const library: Library = {
  name: 'demo',
  file: '/demo/manifest.json',
  library: '$libdir/demo',
  protocol: { name: 'demoprot', read: 'r', write: 'w', validate: 'v', trusted: true },
  formatters: [
    { name: 'f_in', symbol: 'f_in', direction: 'import' },
    { name: 'f_out', symbol: 'f_export', direction: 'export' },
  ],
  databases: ['gp_dwh'],
  grants: [{ role: 'student', privilege: 'select' }],
}

const nothing: Observed = { functions: [], protocol: undefined, protocolNames: [], roles: ['student'] }

const functions = wantedFunctions(library).map((wanted, index): ObservedFunction => ({
  oid: index,
  name: wanted.name,
  arguments: wanted.arguments,
  result: wanted.result,
  symbol: wanted.symbol,
  language: 'c',
  library: '$libdir/demo',
  volatility: 's',
  strict: false,
  extension: null,
  owner: 'gpadmin',
  ownerIsSuperuser: true,
  marked: true,
}))

const protocol: ObservedProtocol = {
  read: 'public.r',
  write: 'public.w',
  validate: 'public.v',
  trusted: true,
  marked: true,
  owner: 'gpadmin',
  ownerIsOther: false,
  tables: [],
  grants: [
    { role: 'gpadmin', privilege: 'select', grantable: false },
    { role: 'student', privilege: 'select', grantable: false },
    { role: 'by_hand', privilege: 'insert', grantable: true },
  ],
}

const everything: Observed = { ...nothing, functions, protocol, protocolNames: ['demoprot'] }

const withFunction = (name: string, change: Partial<ObservedFunction>): Observed => ({
  ...everything,
  functions: functions.map((one) => (one.name === name ? { ...one, ...change } : one)),
})

const withProtocol = (change: Partial<ObservedProtocol>): Observed => ({
  ...everything,
  protocol: { ...protocol, ...change },
})

describe('what is to be done', () => {
  it.each<[string, Observed]>([
    ['on an empty database', nothing],
    ['when everything is there', everything],
    ['when a grant is missing', withProtocol({ grants: [] })],
    ['when the role of a grant does not exist', { ...nothing, functions, roles: [] }],
    ['when a function is of another library', withFunction('f_in', { library: '/old/place/demo.so' })],
    [
      'when a function is of another library that nobody created from a manifest',
      withFunction('f_in', { library: '$libdir/my_own', marked: false }),
    ],
    [
      'when a function made by hand is of the same library in another place',
      withFunction('f_in', { library: '/old/place/demo.so', marked: false }),
    ],
    [
      "when the protocol is somebody else's",
      withProtocol({ read: 'theirs.rd', write: null, validate: null, marked: false }),
    ],
    ['when a function has another symbol', withFunction('f_out', { symbol: 'older' })],
    ['when a function is volatile', withFunction('f_in', { volatility: 'v' })],
    ['when a function is written in SQL', withFunction('f_in', { language: 'sql' })],
    ['when a function returns something else', withFunction('r', { result: 'void' })],
    ['when a function belongs to an extension', withFunction('r', { extension: 'pxf' })],
    [
      'when a role made a function of that name and put our mark on it',
      withFunction('r', { owner: 'mallory', ownerIsSuperuser: false }),
    ],
    ['when the protocol is outdated and unused', withProtocol({ write: null })],
    [
      'when the protocol is outdated and tables use it',
      withProtocol({
        trusted: false,
        tables: ['customers_r', 'customers_w'],
        ownerIsOther: true,
        owner: 'boss',
      }),
    ],
  ])('%s', (_, observed) => {
    expect(planRegistration(library, observed)).toMatchSnapshot()
  })

  it('takes a name for the old protocol that is free', () => {
    const observed = {
      ...withProtocol({ trusted: false, tables: ['t'] }),
      protocolNames: ['demoprot_before_1'],
    }
    expect(planRegistration(library, observed).statements[0]).toBe(
      'ALTER PROTOCOL "demoprot" RENAME TO "demoprot_before_2"',
    )
  })

  it('gives nobody a protocol that is not trusted', () => {
    const untrusted = {
      ...library,
      protocol: { name: 'demoprot', read: 'r', write: undefined, validate: undefined, trusted: false },
      grants: [],
    }
    const { statements } = planRegistration(untrusted, everything)
    expect(statements).toEqual([
      'DROP PROTOCOL "demoprot"',
      'CREATE PROTOCOL "demoprot" (readfunc = public."r")',
    ])
  })
})

describe('leftovers', () => {
  const made = [
    {
      signature: 'r()',
      name: 'r',
      file: '/demo/manifest.json',
      protocols: ['demoprot', 'demoprot_before_1'],
    },
    { signature: 'gone()', name: 'gone', file: '/gone/manifest.json', protocols: ['goneprot'] },
    { signature: 'u()', name: 'u', file: '/unread/manifest.json', protocols: ['uprot'] },
  ]

  it('are what no manifest wants, but for manifests that cannot be read', () => {
    const libraries = { sound: [library], faulty: [{ name: 'unread', faults: ['…'] }] }
    expect(leftoversOf(made, 'gp_dwh', libraries).map(({ fix }) => fix)).toEqual([
      'when no external table uses it: DROP PROTOCOL demoprot_before_1;',
      'when no external table uses it: DROP PROTOCOL goneprot;',
      'when nothing uses it: DROP FUNCTION gone();',
    ])
  })
})

describe('leftovers of a folder that cannot be read', () => {
  it('are none: nobody knows what it wants', () => {
    const made = [{ signature: 'r()', name: 'r', file: '/demo/manifest.json', protocols: ['demoprot'] }]
    const libraries = { sound: [], faulty: [{ name: wholeFolder, faults: ['…'] }] }
    expect(leftoversOf(made, 'gp_dwh', libraries)).toEqual([])
  })
})

describe('what the server says of a library', () => {
  it.each([
    [
      { code: '58P01', message: 'could not access file "$libdir/demo": No such file or directory' },
      'the library /lib/demo.so is missing: add its source to seed/protocols/demo, then rebuild the image on this base image (could not access',
    ],
    [
      {
        code: 'XX000',
        message: 'incompatible library "/lib/demo.so": version mismatch',
        detail: 'Server version is Greenplum 9.4, library is PostgreSQL 9.4.',
      },
      'the library /lib/demo.so was built for another server: rebuild the image on this base image (incompatible library "/lib/demo.so": version mismatch: Server version is',
    ],
    [
      { code: 'XX000', message: 'could not load library "/lib/demo.so": invalid ELF header' },
      'the library /lib/demo.so cannot be loaded: rebuild the image',
    ],
    [
      { code: '42883', message: 'could not find function "r" in file "/lib/demo.so"' },
      'the library /lib/demo.so lacks a function that /demo/manifest.json names: correct the manifest or the source',
    ],
    [{ code: '40P01', message: 'deadlock detected' }, 'deadlock detected (40P01)'],
  ])('is explained: %j', (error, text) => {
    expect(explainLibraryError(error, library, '/lib/demo.so')).toContain(text)
  })
})
