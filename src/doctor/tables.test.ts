import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { parseLocation } from '../jdbc/location.ts'
import { judgeTables } from './tables.ts'
import type { PxfTable, TablesFacts } from './tables-facts.ts'

const table = (name: string, options: string, database = 'gp_dwh'): PxfTable => {
  const location = parseLocation(`pxf://s.t?${options}`)
  if (location === undefined) throw new Error('no location of PXF')
  return { database, name, location }
}

const well: TablesFacts = {
  base: '/data/pxf',
  home: '/usr/local/pxf',
  servers: new Map([
    ['bookings-db', ['jdbc-site.xml']],
    ['default', []],
    ['empty', []],
    ['s3', ['s3-site.xml']],
  ]),
  tables: [],
  failures: new Map(),
  cut: [],
  profiles: new Map([
    ['jdbc', true],
    ['s3:text', true],
    ['jdcb', false],
  ]),
  unasked: '',
}
const judged = (tables: readonly PxfTable[], facts: Partial<TablesFacts> = {}) =>
  judgeTables({ ...well, tables, ...facts }, { running: 'here', advice }).findings.map(
    ({ severity, text }) => `${severity}: ${text}`,
  )

describe('the external tables', () => {
  it('with a server, a site file and a profile give no reason to complain', () => {
    const tables = [
      table('a.b', 'PROFILE=JDBC&SERVER=Bookings-DB'),
      table('a.c', 'PROFILE=s3:text&SERVER=s3'),
      table('a.d', 'PROFILE=s3:text'),
      table('a.e', 'PROFILE=JDBC&JDBC_DRIVER=x&DB_URL=y'),
      table('a.f', 'ACCESSOR=x&FRAGMENTER=y&RESOLVER=z'),
      table('a.g', 'PROFILE=JDBC&SERVER=elsewhere&CONFIG=bookings-db'),
      table('a.h', 'PROFILE=JDBC&SERVER=elsewhere&CONFIG=/etc/pxf'),
      table('a.i', 'PROFILE=unheard-of'),
    ]
    expect(judged(tables)).toEqual([])
    expect(judgeTables({ ...well, tables }, { running: 'here', advice }).seen).toBe(
      '8 external tables over PXF',
    )
  })

  it('without their server are named, many of them in one finding', () => {
    const wrong = 'PROFILE=JDBC&SERVER=bookngs'
    expect(judged([table('a.b', wrong)])).toEqual([
      'error: a.b in gp_dwh: SERVER=bookngs, but there is no directory with that name in /data/pxf/servers',
    ])
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => table(name, wrong))
    expect(judged(five)).toEqual([
      'error: a, b, c and 2 more in gp_dwh: SERVER=bookngs, but there is no directory with that name in /data/pxf/servers',
    ])
    expect(judged([table('a', wrong), table('b', wrong, 'other')])[0]).toContain(
      'error: gp_dwh: a, other: b: SERVER=',
    )
    expect(judgeTables({ ...well, tables: five }, { running: 'here', advice }).findings[0]?.cause).toBe(
      'servers with a site file: bookings-db, s3',
    )
  })

  it('whose server has no site file are named', () => {
    expect(judged([table('t', 'PROFILE=JDBC&SERVER=empty'), table('u', 'PROFILE=JDBC&SERVER=s3')])).toEqual([
      'error: t in gp_dwh: SERVER=empty, but /data/pxf/servers/empty has no jdbc-site.xml',
      'error: u in gp_dwh: SERVER=s3, but /data/pxf/servers/s3 has no jdbc-site.xml',
    ])
    expect(judged([table('t', 'PROFILE=s3:text&SERVER=empty')])).toEqual([
      'warning: t in gp_dwh: SERVER=empty, but /data/pxf/servers/empty has no site file',
    ])
  })

  it('that name no server need the default one', () => {
    expect(judged([table('t', 'PROFILE=JDBC')])).toEqual([
      'error: t in gp_dwh: LOCATION has no SERVER, and servers/default has no jdbc-site.xml',
    ])
    expect(
      judged([table('t', 'PROFILE=JDBC')], { servers: new Map([['default', ['jdbc-site.xml']]]) }),
    ).toEqual([])
  })

  it('whose profile PXF does not know are named', () => {
    expect(judged([table('t', 'PROFILE=JDCB&SERVER=bookings-db')])).toEqual([
      'error: t in gp_dwh: PROFILE=JDCB, but PXF has no such profile',
    ])
  })

  it('are not looked at where that cannot be, which is said', () => {
    expect(judgeTables({ ...well, tables: undefined }, { running: 'here', advice })).toEqual({
      seen: 'not inspected: no coordinator is running',
      findings: [],
    })
    const facts = { ...well, profiles: new Map(), unasked: 'PXF does not respond' }
    expect(judgeTables(facts, { running: 'here', advice }).seen).toBe(
      '0 external tables over PXF; profiles not checked: PXF does not respond',
    )
    expect(judged([], { failures: new Map([['x', 'it is gone']]), cut: ['y'] })).toEqual([
      'note: the external tables of "x" could not be read',
      'note: "y" has more external tables than are checked',
    ])
  })

  it('have names that users make: none reaches a terminal as it is', () => {
    expect(judged([table('a\u001B[2J.b', 'PROFILE=JDBC&SERVER=x\ny')])[0]).toContain(
      'a?[2J.b in gp_dwh: SERVER=x?y',
    )
  })
})
