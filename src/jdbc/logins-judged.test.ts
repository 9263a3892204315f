import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import type { FindingId } from '../findings/catalogue.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { SeedState } from '../seeding/plan.ts'
import type { Login } from './logins.ts'
import { isIn, judgeLogin, type SiteFile } from './logins-judged.ts'

const file = '/data/pxf/servers/db/jdbc-site.xml'
const site = (seed: SeedState | undefined, variables = true): SiteFile => ({
  server: 'db',
  file,
  owner: 'gpadmin',
  advice,
  seed,
  variables: new Map(
    variables
      ? [
          ['jdbc.user', ['DB_USER']],
          ['jdbc.password', ['DB_PASSWORD']],
          ['jdbc.url', ['DB_HOST', 'DB_NAME']],
        ]
      : [],
  ),
})
/** As PXF 6.10 says it, with PostgreSQL's driver 42.7 and PostgreSQL 15; recorded. */
const pool = (reason: string): Login => ({
  kind: 'refused',
  message: `Could not obtain datasource for server db and PoolDescriptor{jdbcUrl=jdbc:postgresql://127.0.0.1:55432/demo, user=reader, password=**************, connectionConfig={}, poolConfig={minimumIdle=0, idleTimeout=30000, maximumPoolSize=15, connectionTimeout=30000}, qualifier=null} : Failed to initialize pool: ${reason}`,
})
const said = (message: string): Login => ({ kind: 'refused', message })
const wrongPassword = pool('FATAL: password authentication failed for user "reader"')
const judged = (seed: SeedState | undefined, login: Login, others: readonly Finding[] = []) =>
  judgeLogin(site(seed), login, others)
const fixFor = (seed: SeedState | undefined, login = wrongPassword) => judged(seed, login)[0]?.fix ?? ''

describe('what PXF said to a login', () => {
  it.each([
    ['the source database refuses the login', wrongPassword],
    [
      'the source database refuses the login',
      pool('The server requested SCRAM-based authentication, but no password was provided.'),
    ],
    ['the source database refuses the login', pool('FATAL: permission denied for database "demo"')],
    [
      'the source database server has no database with that name',
      pool('FATAL: database "nodb" does not exist'),
    ],
    [
      'the source database cannot be reached',
      pool(
        'Connection to 127.0.0.1:1 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.',
      ),
    ],
    ['the source database cannot be reached', pool('The connection attempt failed.')],
    ['the JDBC driver is missing', said('java.lang.ClassNotFoundException: com.mysql.cj.jdbc.Driver')],
    [
      'no JDBC driver in PXF accepts the URL',
      said('Failed to get driver instance for jdbcUrl=jdbc:mysql://shop-db/shop'),
    ],
    [
      'the source database server has no database with that name, or does not let the user into it',
      said("Failed to initialize pool: (conn=33) Access denied for user 'reader'@'%' to database 'shoop'"),
    ],
    [
      'PXF has no such JDBC server, or its jdbc-site.xml lacks that parameter',
      said(
        'Required parameter jdbc.driver is missing or empty in jdbc-site.xml and option JDBC_DRIVER is not specified in table definition.',
      ),
    ],
  ])('is put in plain words: %s', (what, login) => {
    const [found] = judged('current', login)
    expect(found?.severity).toBe('error')
    expect(found?.text).toBe(`PXF cannot log in with servers/db/jdbc-site.xml: ${what}`)
    expect(found?.cause).not.toContain('PoolDescriptor')
    expect(found?.fix).not.toBe('')
  })

  it('is shown as it is where nobody knows it, without passwords', () => {
    const [found] = judged('current', said('No such thing: jdbc:x://h/d?password=hunter2'))
    expect(found?.text).toBe('PXF cannot log in with servers/db/jdbc-site.xml')
    expect(found?.cause).toBe('No such thing: jdbc:x://h/d?password=***')
  })

  it.each([
    said('ERROR: permission denied for table gp_supervisor'),
    said('ERROR: relation "x" does not exist'),
    { kind: 'in' } as const,
  ])('is a login where it is about a table: %o', (login) => {
    expect(isIn(login)).toBe(true)
    expect(judged('current', login)).toEqual([])
  })

  it('is said once: what files and network have shown comes first', () => {
    const other = (id: FindingId) => finding(id, { text: '' })
    const unreached = pool('The connection attempt failed.')
    expect(judged('current', unreached, [other('jdbc.host')])).toEqual([])
    expect(judged('current', unreached, [other('jdbc.driver')])).toHaveLength(1)
    expect(judged('current', { kind: 'silence', reason: 'no answer' }, [other('jdbc.port')])).toEqual([])
    expect(judged('current', { kind: 'silence', reason: 'no answer' })[0]?.severity).toBe('warning')
  })
})

describe('what helps against a login that is refused', () => {
  it('is the environment where the file is as that makes it', () => {
    expect(fixFor('current')).toContain(
      'correct DB_USER and DB_PASSWORD in .env or the compose file; then remove the file',
    )
    expect(fixFor('current', pool('FATAL: database "x" does not exist'))).toContain(
      'DB_HOST and DB_NAME in .env',
    )
    expect(judgeLogin(site('current', false), wrongPassword, [])[0]?.fix).toContain(
      "the image's servers/db/jdbc-site.xml",
    )
  })

  it('is to recreate the file where the environment has changed since', () => {
    expect(fixFor('outdated')).toContain(
      `docker compose exec -T --user gpadmin greenplum rm ${file} && docker compose restart greenplum`,
    )
  })

  it.each(['edited', 'edited-and-outdated'] as const)('is an edit where the file is %s', (seed) => {
    expect(fixFor(seed)).toContain('so no start updates it')
    expect(fixFor(seed)).toContain(
      `docker compose exec -T --user gpadmin greenplum tee ${file} < jdbc-site.xml > /dev/null`,
    )
  })

  it.each(['current', 'outdated', 'edited', 'edited-and-outdated', undefined] as const)(
    'is never PXF_SEED_OVERWRITE, and always the edit as well: %s',
    (seed) => {
      expect(fixFor(seed).replace(', not even with PXF_SEED_OVERWRITE=unmodified', '')).not.toContain(
        'PXF_SEED_OVERWRITE',
      )
      // Not as root, which would go through a link.
      expect(fixFor(seed)).not.toContain('root')
      expect(fixFor(seed)).toContain(
        `docker compose exec -T --user gpadmin greenplum cat ${file} > jdbc-site.xml`,
      )
    },
  )
})
