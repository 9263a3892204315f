import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { createMask } from '../logging/mask.ts'
import { parseSite, secretsOf, unfilled } from './site.ts'
import { judgeProperties } from './site-judged.ts'
import { unknownKey } from './site-keys.ts'

const parsed = (text: string) => parseSite(Buffer.from(text))
const site = (...values: string[]) => `<configuration>${values.join('')}</configuration>`
const property = (name: string, value: string) =>
  `<property><name>${name}</name><value>${value}</value></property>`

describe('a site file', () => {
  it('has the properties that Hadoop reads in it', () => {
    expect(
      parsed(`<?xml version="1.0"?>
<!-- jdbc.url is below -->
<configuration>
  <property>
    <name> jdbc.url </name>
    <value>jdbc:x://h?a=1&amp;<![CDATA[b=2]]></value>
    <description>not <b>this</b></description>
  </property>
  ${property('a', ' b ')}
</configuration>`),
    ).toEqual({
      properties: [
        { name: 'jdbc.url', value: 'jdbc:x://h?a=1&b=2', line: 4 },
        { name: 'a', value: ' b ', line: 9 },
      ],
    })
  })

  it.each([
    ['<configuration>&<configuration>', { line: 1, reason: 'a bare &; write &amp;' }],
    ['', { line: 1, reason: 'there is no element in the file' }],
    ['<config/>', { line: 1, reason: 'the outermost element is not <configuration>' }],
  ])('that is broken (%j) says where', (text, fault) => {
    expect(parsed(text)).toEqual({ fault })
  })
})

describe('a placeholder', () => {
  const properties = [{ name: 'my.host', value: 'h', line: 1 }]
  it.each([
    ['${env:NAME}', ['${env:NAME}']],
    ['a${env:NAME:-a secret}b', ['${env:NAME:-…}']],
    ['${env:NAME:-}', ['${env:NAME:-…}']],
    ['${env.GIVEN} ${env.OTHER:-x} ${pxf.session.user} ${user.name} ${my.host}', []],
    ['${env.NAME}${no.such}', ['${env.NAME}', '${no.such}']],
    ['$HOME {x} ${} 100$', []],
  ])('in %j is filled by nobody: %j', (value, expected) => {
    expect(unfilled(value, properties, { GIVEN: '' })).toEqual(expected)
  })
})

describe('a property', () => {
  it.each([
    'jdbc.driver',
    'jdbc.statement.fetchSize',
    'jdbc.session.property.search_path',
    'jdbc.connection.property.ssl',
    'jdbc.pool.property.maximumPoolSize',
    'pxf.service.user.impersonation',
    'hadoop.security.authentication',
    'hive.metastore.uris',
    'dfs.nameservices',
  ])('%s is known, or somebody else’s', (name) => {
    expect(unknownKey(name)).toBeUndefined()
  })

  it.each([
    ['jdbc.column.types', 'delete it'],
    ['jdbc.statement.writeSize', 'rename it to jdbc.statement.batchSize'],
    ['jdbc.uri', 'did you mean jdbc.url?'],
    ['JDBC.URL', 'did you mean jdbc.url?'],
    ['jbdc.user', 'did you mean jdbc.user?'],
    ['jdbc.statement.fetchsize', 'did you mean jdbc.statement.fetchSize?'],
    ['jdbc.conection.property.ssl', 'did you mean jdbc.connection.property.<name>?'],
    ['jdbc.pool.property.', 'delete it'],
    ['jdbc.something.else', 'delete it'],
    ['pxf.magic', 'delete it'],
  ])('%s is ignored by PXF', (name, fix) => {
    expect(unknownKey(name)?.fix).toContain(fix)
  })
})

const config = loadConfig({
  environment: { GREENPLUM_PASSWORD: 'p' },
  hostname: 'h',
  readFile: () => '',
})

describe('the properties of a server', () => {
  const judged = (text: string) => {
    const found = parsed(text)
    if (!('properties' in found)) throw new Error('broken')
    return judgeProperties('s/jdbc-site.xml', found.properties, { environment: {}, advice }).map(
      ({ severity, text: words }) => `${severity}: ${words}`,
    )
  }
  const driver = property('jdbc.driver', 'org.postgresql.Driver')
  const login = property('jdbc.user', 'u') + property('jdbc.password', 'p')
  const url = (value: string) => property('jdbc.url', value)

  it('that are complete give no reason to complain', () => {
    expect(judged(site(driver, url('jdbc:postgresql://h/d'), login))).toEqual([])
    expect(judged(site(driver, url('jdbc:postgresql://h/d?user=u&amp;password=p')))).toEqual([])
    expect(
      judged(site(driver, url('jdbc:hive2://h/d'), property('hadoop.security.authentication', 'kerberos'))),
    ).toEqual([])
  })

  it('that are missing, empty or padded are named', () => {
    expect(judged(site(login))).toEqual([
      'warning: s/jdbc-site.xml has no jdbc.driver; queries fail unless the table itself sets JDBC_DRIVER',
      'warning: s/jdbc-site.xml has no jdbc.url; queries fail unless the table itself sets DB_URL',
    ])
    expect(judged(site(driver, url('\n  jdbc:postgresql://h/d\n'), property('jdbc.user', '')))).toEqual([
      'error: s/jdbc-site.xml: blanks or line breaks around the value of jdbc.url are part of the value',
      'warning: s/jdbc-site.xml: jdbc.user is empty or missing',
      'warning: s/jdbc-site.xml: jdbc.password is empty or missing',
    ])
  })

  it('never show what may be a secret', () => {
    expect(
      judged(
        site(
          driver,
          url('jdbc:postgresql://h/d'),
          property('jdbc.user', 'u'),
          property('jdbc.password', 'a${b}c'),
        ),
      ),
    ).toEqual([
      'error: s/jdbc-site.xml, line 1: ${...} in jdbc.password is not filled in; the source gets it literally',
    ])
    const properties = [
      { name: 'jdbc.password', value: 'one', line: 1 },
      { name: 'jdbc.connection.property.trustStorePassword', value: 'two', line: 1 },
      { name: 'jdbc.url', value: 'jdbc:x://h/d?user=u&password=three;pwd=four', line: 1 },
      { name: 'jdbc.user', value: 'me', line: 1 },
    ]
    expect(secretsOf(properties)).toEqual({
      '0_PASSWORD': 'one',
      '1_PASSWORD': 'two',
      '2_0_PASSWORD': 'three',
      '2_1_PASSWORD': 'four',
      '3_USER': 'me',
    })
  })

  it('show the name of a placeholder, and nothing else of the value', () => {
    const properties = [
      { name: 'jdbc.password', value: '${env:READER_PASSWORD}', line: 1 },
      { name: 'jdbc.password', value: '${env.READER_SECRET}', line: 1 },
      { name: 'jdbc.password', value: '${env:READER_PASSWORD}and-words-of-mine', line: 1 },
      { name: 'jdbc.password', value: 'pa${ss}word-of-mine', line: 1 },
    ]
    expect(secretsOf(properties)).toEqual({
      '2_PASSWORD': '${env:READER_PASSWORD}and-words-of-mine',
      '3_PASSWORD': 'pa${ss}word-of-mine',
    })
    const mask = createMask(config, secretsOf(properties))
    const shown = judgeProperties('s', properties, { environment: {}, advice }).map(({ text }) => mask(text))
    expect(shown.filter((text) => text.includes('is not filled in'))).toEqual([
      's, line 1: ${env:READER_PASSWORD} in jdbc.password is not filled in; the source gets it literally',
      's, line 1: ${env.READER_SECRET} in jdbc.password is not filled in; the source gets it literally',
      's, line 1: ${env:READER_PASSWORD} in jdbc.password is not filled in; the source gets it literally',
      's, line 1: ${...} in jdbc.password is not filled in; the source gets it literally',
    ])
    // The control: of a real value nothing is shown.
    expect(mask('FATAL: pa${ss}word-of-mine, ${env:READER_PASSWORD}and-words-of-mine')).toBe(
      'FATAL: ***, ***',
    )
  })
})
