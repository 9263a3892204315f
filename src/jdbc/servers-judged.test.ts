import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import type { Reached } from './endpoints.ts'
import { judgeJdbc, type JarFacts, type JdbcAround, type JdbcFacts } from './servers-judged.ts'

const driver = 'org.postgresql.Driver'
const jar = (path: string, classes: string[] = [driver], fault = ''): JarFacts => ({ path, classes, fault })
const properties = (url: string, name = driver) =>
  Object.entries({ 'jdbc.driver': name, 'jdbc.url': url, 'jdbc.user': 'u', 'jdbc.password': 'p' }).map(
    ([key, value], index) => ({ name: key, value, line: index }),
  )
const well: JdbcFacts = {
  base: '/data/pxf',
  sites: [{ server: 'db', properties: properties('jdbc:postgresql://db/demo') }],
  own: [jar('postgresql.jar')],
  bundled: [jar('pxf-app.jar', [])],
  moreJars: false,
  reached: new Map([['db:5432', { kind: 'open' }]]),
  logins: new Map([['db', { kind: 'in' }]]),
  variables: new Map(),
  owner: 'gpadmin',
  environment: {},
}
/** Nobody has asked PXF: what files and network say stands. */
const unasked = { logins: new Map() } as const
const around = (supervisor: JdbcAround['supervisor']): JdbcAround => ({
  supervisor,
  advice,
  seeds: new Map(),
})
const judged = (facts: Partial<JdbcFacts>, supervisor: JdbcAround['supervisor'] = 'runs') =>
  judgeJdbc({ ...well, ...unasked, ...facts }, around(supervisor)).findings.map(
    ({ severity, text, cause }) => `${severity}: ${text}${cause === '' ? '' : ` | ${cause}`}`,
  )

describe('the JDBC servers', () => {
  it('that are well give no reason to complain', () => {
    expect(judgeJdbc(well, around('runs'))).toEqual({
      seen: 'servers db; 1 JARs in lib/; PXF logs in to db',
      findings: [],
    })
    expect(judged({ own: [], bundled: [jar('pxf-app.jar')] })).toEqual([])
    expect(judged({ sites: [] })).toEqual([])
  })

  it('whose driver is nowhere are told, as sure as one can be', () => {
    const text =
      'servers/db/jdbc-site.xml: the driver org.postgresql.Driver is neither in a JAR in lib/ nor in PXF itself'
    expect(judged({ own: [] })).toEqual([`error: ${text} | queries fail with: ClassNotFoundException`])
    expect(judged({ own: [], bundled: [] })).toEqual([
      `warning: ${text} | not every place could be inspected: the application directory of PXF`,
    ])
    expect(judged({ own: [], moreJars: true })[0]).toContain('PXF_LOADER_PATH')
    const sites = [{ server: 'db', properties: properties('jdbc:postgresql://db/demo', 'a secret?') }]
    expect(judged({ sites })).toEqual([
      'error: servers/db/jdbc-site.xml: the value of jdbc.driver is not a class name',
    ])
  })

  it('with a driver twice, or a JAR that is none, are told', () => {
    expect(
      judged({
        own: [jar('postgresql-42.7.2.jar'), jar('postgresql.jar'), jar('x.jar', [], 'it is not a JAR')],
      }),
    ).toEqual([
      'error: lib/x.jar is not a valid JAR; PXF may not start with it | it is not a JAR',
      'warning: org.postgresql.Driver is in lib/postgresql-42.7.2.jar and lib/postgresql.jar: PXF uses only one of them',
    ])
  })

  it('that are broken or cannot be read are told', () => {
    const sites = [
      { server: 'a', unreadable: 'EACCES: permission denied' },
      { server: 'b', fault: { line: 3, reason: 'a bare &; write &amp;' } },
    ]
    expect(judged({ sites })).toEqual([
      'error: cannot read servers/a/jdbc-site.xml: EACCES: permission denied',
      'error: servers/b/jdbc-site.xml, line 3: a bare &; write &amp; | every query over this server fails',
    ])
  })

  it.each([
    [
      { kind: 'unresolved', reason: 'ENOTFOUND' },
      'error: servers/db/jdbc-site.xml: the host name in db:5432 cannot be resolved | ENOTFOUND',
    ],
    [
      { kind: 'refused' },
      'error: servers/db/jdbc-site.xml: db:5432 refuses connections | nothing is listening on that port',
    ],
    [
      { kind: 'unreachable', reason: 'no response within 2 s' },
      'error: servers/db/jdbc-site.xml: db:5432 cannot be reached | no response within 2 s',
    ],
  ] as const)('whose host is %j are told', (reached: Reached, expected) => {
    expect(judged({ reached: new Map([['db:5432', reached]]) })).toEqual([expected])
    expect(judged({ reached: new Map([['db:5432', reached]]) }, 'stopped')[0]).toMatch(/^warning/)
  })

  it('that lead to this container itself are doubted', () => {
    const sites = [{ server: 'db', properties: properties('jdbc:postgresql://localhost:5434/demo') }]
    expect(judged({ sites, reached: new Map() })).toEqual([
      'warning: servers/db/jdbc-site.xml: jdbc.url refers to localhost:5434, which is this container itself',
    ])
  })

  it('are judged by the login of PXF, where there was one', () => {
    const seen: Partial<JdbcFacts> = { own: [], reached: new Map([['db:5432', { kind: 'refused' }]]) }
    expect(judged(seen).map((text) => text.split(' | ')[0])).toEqual([
      'error: servers/db/jdbc-site.xml: the driver org.postgresql.Driver is neither in a JAR in lib/ nor in PXF itself',
      'error: servers/db/jdbc-site.xml: db:5432 refuses connections',
    ])
    expect(judged({ ...seen, logins: well.logins })).toEqual([])
    const logins = new Map([['db', { kind: 'untried', reason: 'PXF does not respond' }]] as const)
    expect(judged({ logins })).toEqual(['note: the login was not tried: db | PXF does not respond'])
    expect(judgeJdbc({ ...well, logins }, around('stopped'))).toEqual({
      seen: 'servers db; 1 JARs in lib/; the login was not tried: PXF does not respond',
      findings: [],
    })
  })
})
