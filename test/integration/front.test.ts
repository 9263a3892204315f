/** The stand-in itself: what it does with the SQL that only Greenplum has. Proves nothing of Greenplum. */
import { describe, expect, it } from 'vitest'
import { translate, translateAll } from '../../stand-in/image/greenplum-db/lib/greenplum-sql.ts'
import { connection, createRig, eventually, socketSession } from './rig.ts'

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: Error & { code: string }) => [error.code, error.message],
  )

const externalTable = `CREATE EXTERNAL TABLE t (id int, name varchar(20)) LOCATION ('demo://a', 'demo://b')
  FORMAT 'CUSTOM' (formatter = 'f', name = 'x')`

describe('the recorded list', () => {
  it.each([
    [
      'CREATE PROTOCOL p (readfunc = r)',
      `CALL pg_catalog.standin_create_protocol('p', false, 'r()', NULL, NULL)`,
    ],
    [
      `/* a; comment */ create  trusted protocol "P q" (writefunc=w, validatorfunc = s.v) -- end`,
      `CALL pg_catalog.standin_create_protocol('"P q"', true, NULL, 'w()', 's.v()')`,
    ],
    ['DROP PROTOCOL p', 'DROP TABLE standin_protocols.p'],
    ['ALTER PROTOCOL p RENAME TO q', 'ALTER TABLE standin_protocols.p RENAME TO q'],
    [
      'GRANT SELECT ON PROTOCOL p TO "a student" WITH GRANT OPTION',
      'GRANT SELECT ON TABLE standin_protocols.p TO "a student" WITH GRANT OPTION',
    ],
    [
      externalTable,
      `CALL pg_catalog.standin_create_external_table('t', 'id int, name varchar(20)', ARRAY['demo://a', 'demo://b']::text[])`,
    ],
    [
      `CREATE WRITABLE EXTERNAL WEB TABLE s.t (line text) EXECUTE 'cat' FORMAT 'CUSTOM' (formatter = 'f', line = '4')\nDISTRIBUTED BY (line)`,
      `CALL pg_catalog.standin_create_external_table('s.t', 'line text', ARRAY[]::text[])`,
    ],
    ['DROP EXTERNAL TABLE IF EXISTS a.b', `CALL pg_catalog.standin_drop_external_table('a.b', true, false)`],
    [
      'CREATE TABLE IF NOT EXISTS s.t (a int, b numeric(10, 2)) WITH (appendonly = true, compresstype = zstd)\nDISTRIBUTED BY (a, b)',
      'CREATE TABLE IF NOT EXISTS s.t (a int, b numeric(10, 2))',
    ],
    ['CREATE TABLE t (LIKE s, c text) DISTRIBUTED RANDOMLY', 'CREATE TABLE t (LIKE s, c text)'],
  ])('takes %s', (given, instead) => {
    expect(translate(given)).toBe(instead)
  })

  it.each([
    'CREATE OR REPLACE PROTOCOL p (readfunc = r)',
    'CREATE PROTOCOL s.p (readfunc = r)',
    'CREATE PROTOCOL p (readfunc = r) trailing',
    'GRANT USAGE ON PROTOCOL p TO student',
    'GRANT SELECT ON PROTOCOL p FROM student',
    "CREATE EXTERNAL TABLE IF NOT EXISTS t (a int) LOCATION ('demo://a') FORMAT 'CSV'",
    "CREATE EXTERNAL TABLE t (a int) LOCATION ('demo://a')",
    "CREATE EXTERNAL TABLE t (a int) FORMAT 'CSV' LOCATION ('demo://a')",
    'DROP EXTERNAL t',
    'CREATE TABLE t (a int) DISTRIBUTED',
    'CREATE TABLE t (a int) WITH (appendonly = true)',
    'SELECT 1',
  ])('leaves %s to PostgreSQL', (given) => {
    expect(translate(given)).toBe(given)
  })

  it('takes each statement of a text by itself', () => {
    expect(translateAll(`SELECT ';'; DROP PROTOCOL p; -- ;\nSELECT $a$;$a$`)).toBe(
      `SELECT ';';DROP TABLE standin_protocols.p; -- ;\nSELECT $a$;$a$`,
    )
  })
})

describe('the front of the coordinator', () => {
  it('takes the statements as Greenplum does, and ends with the server', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    const client = await socketSession(rig)
    const query = (sql: string, values?: unknown[]) => client.query(sql, values).then(({ rows }) => rows)
    const create = 'CREATE TRUSTED PROTOCOL demo (readfunc = demo_read, writefunc = demo_write)'

    expect(await codeOf(query(create))).toEqual(['42883', 'function "demo_read()" does not exist'])
    for (const name of ['demo_read', 'demo_write'])
      await query(`CREATE FUNCTION ${name}() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1'`)
    expect(await codeOf(query(externalTable))).toEqual(['42704', 'protocol "demo" does not exist'])
    // In a transaction, by the extended protocol, and undone by a rollback.
    await query('BEGIN')
    await query(create, [])
    await query('ROLLBACK')
    expect(await query('SELECT ptcname FROM pg_extprotocol')).toEqual([{ ptcname: 'pxf' }])
    await query(`${create};`)
    expect(
      await query(`SELECT ptcreadfn::regproc::text AS read, ptcvalidatorfn, ptctrusted, ptcacl FROM pg_extprotocol
                   WHERE ptcname = 'demo'`),
    ).toEqual([{ read: 'demo_read', ptcvalidatorfn: 0, ptctrusted: true, ptcacl: null }])

    await query(externalTable)
    expect(await query(`SELECT urilocation FROM pg_exttable WHERE reloid = 't'::regclass`)).toEqual([
      { urilocation: ['demo://a', 'demo://b'] },
    ])
    expect((await codeOf(query('DROP PROTOCOL demo'))) as string[]).toContain('2BP01')

    await query('CREATE ROLE student')
    expect(await codeOf(query('GRANT SELECT ON PROTOCOL demo TO nobody_there'))).toEqual([
      '42704',
      'role "nobody_there" does not exist',
    ])
    await query('GRANT INSERT ON PROTOCOL demo TO student')
    expect(await query(`SELECT ptcacl::text[] AS acl FROM pg_extprotocol WHERE ptcname = 'demo'`)).toEqual([
      { acl: ['gpadmin=ar/gpadmin', 'student=a/gpadmin'] },
    ])
    await query('ALTER PROTOCOL demo RENAME TO older')
    await query('DROP EXTERNAL TABLE t')
    await query('DROP PROTOCOL older')
    expect(await query('SELECT ptcname FROM pg_extprotocol')).toEqual([{ ptcname: 'pxf' }])
    expect(await codeOf(query('CREATE PROTOCOL x'))).toEqual([
      '42601',
      expect.stringContaining('syntax error'),
    ])

    expect(await codeOf(query('CREATE SCHEMA gp_mine'))).toEqual([
      '42939',
      'unacceptable schema name "gp_mine"',
    ])

    // Over TCP the real server is asked, which knows none of it.
    const tcp = connection(rig.standIn)
    await tcp.connect()
    expect(await codeOf(tcp.query('DROP PROTOCOL x'))).toEqual([
      '42601',
      expect.stringContaining('syntax error'),
    ])
    await tcp.end()
    // A large answer and a large statement pass whole.
    expect(
      await query("SELECT length($1) AS n, repeat('x', 3000000) AS big", ['y'.repeat(2_000_000)]),
    ).toEqual([{ n: 2_000_000, big: 'x'.repeat(3_000_000) }])
    await client.end()
    expect(rig.processes().scripts.map(({ name }) => name)).toContain('front')
    expect(await run.stop()).toBe(0)
    expect(rig.processes().scripts).toEqual([])
  })

  it('is gone with a coordinator that was killed', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    const { coordinator } = rig.processes()
    process.kill(coordinator ?? 0, 'SIGKILL')
    await eventually('the front is gone', () => !rig.processes().scripts.some(({ name }) => name === 'front'))
    expect(await run.exited).toBe(69)
    expect(rig.processes().scripts).toEqual([])
  })
})
