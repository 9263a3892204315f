import { describe, expect, it } from 'vitest'
import { composeAdvice } from '../findings/advice.fixture.ts'
import { DeadlineError } from '../time.ts'
import { NoRowsError, explainDataPath, type Cause } from './explain.ts'

const explained = (error: unknown) => explainDataPath(error, 'READY_SQL', composeAdvice)

const pool =
  'PoolDescriptor{jdbcUrl=jdbc:postgresql://bookings-db:5432/demo, user=bookings, password=********, connectionConfig={}, poolConfig={maximumPoolSize=15, minimumIdle=0, connectionTimeout=30000, idleTimeout=30000}, qualifier=null}'
const noDatasource = (reason: string) =>
  `PXF server error : Could not obtain datasource for server bookings-db and ${pool} : ${reason}  (seg1 slice1 172.18.0.3:6001 pid=2411)`

/** As MariaDB 10.11 and Connector/J 3.5.11 say it through PXF 6.10. */
const asMariadbSays: readonly (readonly [Cause, string, string])[] = [
  [
    'credentials',
    '08000',
    noDatasource(
      "Failed to initialize pool: (conn=25) Access denied for user 'reader'@'localhost' (using password: YES)",
    ),
  ],
  [
    'source-database',
    '08000',
    noDatasource(
      "Failed to initialize pool: (conn=33) Access denied for user 'reader'@'%' to database 'shoop'",
    ),
  ],
  [
    'source',
    '08000',
    noDatasource(
      'Failed to initialize pool: Socket fail to connect to shop-db:3399. Connection refused (Connection refused)',
    ),
  ],
  [
    'source',
    '08000',
    noDatasource('Failed to initialize pool: Socket fail to connect to no-such-host. no-such-host'),
  ],
  ['source-table', '08000', "PXF server error : (conn=17) Table 'shop.ordrs' doesn't exist"],
  [
    'source-permission',
    '08000',
    "PXF server error : (conn=17) SELECT command denied to user 'reader'@'localhost' for table `public`.`orders`",
  ],
]

/** As Greenplum 6 with PXF 6.10 and PostgreSQL's driver 42 say it. */
const messages: readonly (readonly [Cause, string, string])[] = [
  ['extension', '42704', 'protocol "pxf" does not exist'],
  ['extension', '42883', 'function pxfwritable_import() does not exist'],
  ['extension', '58P01', 'could not access file "$libdir/pxf": No such file or directory'],
  [
    'extension',
    'XX000',
    'could not load library "/usr/local/greenplum-db/lib/postgresql/pxf.so": undefined symbol: foo',
  ],
  ['table', '42P01', 'relation "public.ext_bookings_bookings" does not exist'],
  [
    'pxf',
    '08000',
    'PXF server error : Failed to connect to localhost port 5888: Connection refused  (seg0 slice1 172.18.0.3:6000 pid=1150)',
  ],
  [
    'pxf',
    '08000',
    "PXF server error : Failed to connect to localhost port 5888 after 0 ms: Couldn't connect to server  (seg0 slice1 172.18.0.3:6000 pid=1150)",
  ],
  [
    'pxf',
    'XX000',
    'transfer error (56): Failure when receiving data from the peer from 127.0.0.1:5888  (seg0 slice1 172.18.0.3:6000 pid=1150)',
  ],
  ['pxf-memory', '08000', 'PXF server error : java.lang.OutOfMemoryError: Java heap space'],
  [
    'jdbc-server',
    '08000',
    'PXF server error : Required parameter jdbc.driver is missing or empty in jdbc-site.xml and option JDBC_DRIVER is not specified in table definition.  (seg0 slice1 172.18.0.3:6000 pid=1150)',
  ],
  ['driver', '08000', 'PXF server error : java.lang.ClassNotFoundException: com.mysql.jdbc.Driver'],
  ['driver', '08000', noDatasource('Failed to get driver instance for jdbcUrl=jdbc:mysql://db/x')],
  ...asMariadbSays,
  [
    'credentials',
    '08000',
    noDatasource('Failed to initialize pool: FATAL: password authentication failed for user "bookings"'),
  ],
  [
    'credentials',
    '08000',
    noDatasource(
      'Failed to initialize pool: The server requested SCRAM-based authentication, but no password was provided.',
    ),
  ],
  [
    'credentials',
    '08000',
    noDatasource(
      'Failed to initialize pool: FATAL: no pg_hba.conf entry for host "172.18.0.3", user "bookings", database "demo", no encryption',
    ),
  ],
  [
    'source-database',
    '08000',
    noDatasource('Failed to initialize pool: FATAL: database "demo" does not exist'),
  ],
  [
    'source',
    '08000',
    noDatasource(
      'Failed to initialize pool: Connection to bookings-db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.',
    ),
  ],
  ['source', '08000', noDatasource('Failed to initialize pool: The connection attempt failed.')],
  ['source', '08000', noDatasource('Failed to initialize pool: FATAL: the database system is starting up')],
  ['source', '08000', noDatasource('Failed to initialize pool: FATAL: sorry, too many clients already')],
  [
    'timeout',
    '08000',
    'PXF server error : HikariPool-1 - Connection is not available, request timed out after 30001ms.',
  ],
  ['timeout', '57014', 'canceling statement due to statement timeout'],
  ['source-table', '08000', 'PXF server error : ERROR: relation "bookings.bookings" does not exist'],
  ['source-table', '08000', 'PXF server error : ERROR: column "book_reff" does not exist'],
  ['source-permission', '08000', 'PXF server error : ERROR: permission denied for table bookings'],
  ['segments', '58M01', 'failed to acquire resources on one or more segments'],
  ['unknown', '08000', "PXF server error : Field type 'TIMESTAMP_WITH_TIME_ZONE' is not supported"],
  ['unknown', '42601', 'syntax error at or near "SELEC"'],
]

const errorOf = (code: string, message: string) =>
  Object.assign(new Error(message), code === '' ? {} : { code })

describe('why data cannot be read', () => {
  it.each(messages)('is told by cause: %s of %s %s', (cause, code, message) => {
    expect(explained(errorOf(code, message)).id).toBe(`data.${cause}`)
  })

  it.each(messages.filter(([cause]) => cause !== 'unknown'))(
    'comes with a fix: %s of %s %s',
    (_, code, message) => {
      const { cause, fix } = explained(errorOf(code, message))
      expect(fix).not.toBe('')
      expect(cause).not.toMatch(/\(seg\d|PoolDescriptor/)
    },
  )

  it('keeps the words of the server, and the name of the JDBC server', () => {
    const { cause, fix } = explained(
      errorOf(
        '08000',
        noDatasource('Failed to initialize pool: FATAL: password authentication failed for user "b"'),
      ),
    )
    expect(cause).toContain(
      'server bookings-db: Failed to initialize pool: FATAL: password authentication failed',
    )
    expect(fix).toContain('.env or the compose file')
  })

  it('never shows what stands in a row', () => {
    const { id, ...words } = explained(
      errorOf('22P02', 'invalid input syntax for integer: "a secret"  (seg0 slice1 172.18.0.3:6000 pid=1)'),
    )
    expect(id).toBe('data.value')
    expect(JSON.stringify(words)).not.toContain('a secret')
  })

  it.each([
    'PXF server error : ERROR: invalid input syntax for type integer: "a secret"',
    'PXF server error : ERROR: value too long for type character varying(3): a secret',
    'PXF server error : Bad value for type int : "a secret" is out of range',
  ])('nor behind PXF, whatever the SQLSTATE: %s', (message) => {
    const { id, ...words } = explained(errorOf('08000', message))
    expect(id).toBe('data.value')
    expect(JSON.stringify(words)).not.toContain('a secret')
  })

  it('takes a port that is out of range for no value', () => {
    const message = 'PXF server error : java.lang.IllegalArgumentException: port out of range:99999'
    expect(explained(errorOf('08000', message)).id).not.toBe('data.value')
  })

  it('never shows the password of a URL', () => {
    const url = 'jdbc:postgre://db/demo?user=u&password=hunter2'
    const { cause } = explained(errorOf('08000', noDatasource(`No suitable driver found for ${url}`)))
    expect(cause).toContain('user=u&password=***')
    expect(cause).not.toContain('hunter2')
  })

  it('is also our own patience', () => {
    expect(explained(new DeadlineError('no response within 15.0 s'))).toMatchObject({
      id: 'data.timeout',
      cause: 'no response within 15.0 s',
    })
  })

  it('is also that there is no row', () => {
    expect(explained(new NoRowsError('no row'))).toMatchObject({ id: 'data.no-rows' })
  })
})
