import { describe, expect, it } from 'vitest'
import { faultLines, parseSqlFile } from './files.ts'

/** What names.ts says of names without a schema is tested there. */
const opened = '-- gp-supervisor: search path public\n'
const faultsOf = (sql: string) =>
  parseSqlFile('10-x.sql', Buffer.from(opened + sql)).faults.map(({ text }) => text)

describe('what may run at each start', () => {
  it.each([
    'CREATE TABLE IF NOT EXISTS t (a int) DISTRIBUTED BY (a)',
    'CREATE SCHEMA IF NOT EXISTS s',
    'CREATE EXTENSION IF NOT EXISTS pgcrypto',
    'CREATE OR REPLACE VIEW v AS SELECT 1',
    'CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ INSERT INTO t VALUES (1); SELECT 1 $$',
    'CREATE TEMP TABLE t AS SELECT 1',
    "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1); UPDATE t SET a = 2; DELETE FROM t; COPY t FROM '/f'",
    "DROP EXTERNAL TABLE IF EXISTS s.t; CREATE EXTERNAL TABLE s.t (a int) LOCATION ('pxf://x') FORMAT 'TEXT'",
    "DROP EXTERNAL WEB TABLE IF EXISTS t; CREATE WRITABLE EXTERNAL WEB TABLE t (a int) EXECUTE 'cat' FORMAT 'TEXT'",
    'DROP EXTERNAL TABLE IF EXISTS a, b; CREATE EXTERNAL WEB TEMP TABLE c (a int); CREATE READABLE EXTERNAL TABLE "b" ()',
    'DROP INDEX IF EXISTS i; CREATE UNIQUE INDEX I ON t (a)',
    'DROP FUNCTION IF EXISTS f(int, text), g(); CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'DROP ROLE IF EXISTS r; CREATE USER r',
    'DROP TRIGGER IF EXISTS x ON t; CREATE TRIGGER x AFTER INSERT ON t EXECUTE PROCEDURE f()',
    'DO $$ BEGIN CREATE TABLE t (a int); INSERT INTO t VALUES (1); END $$',
    'INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)',
    'INSERT INTO t SELECT a FROM u EXCEPT SELECT a FROM t',
    'WITH n AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM n WHERE a NOT IN (SELECT a FROM t)',
    'UPDATE t SET a = 1 WHERE a IS NULL',
    'DELETE FROM t WHERE a < 0',
    'UPDATE t SET a = 1 FROM (SELECT 1 AS b) x WHERE t.a = x.b',
    'WITH n AS (SELECT 1 AS a WHERE NOT EXISTS (SELECT 1 FROM t)) INSERT INTO t SELECT a FROM n',
    'WITH d AS (DELETE FROM t WHERE a < 0 RETURNING a) INSERT INTO u SELECT a FROM d WHERE NOT EXISTS (SELECT 1 FROM u)',
    'INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2',
    'SELECT f()',
    'SELECT count(update), (update IS NULL) FROM t',
    'WITH x AS (SELECT 1) SELECT * FROM t FOR NO KEY UPDATE',
    'CREATE TABLE IF NOT EXISTS t (update int, a int REFERENCES u ON DELETE CASCADE ON UPDATE SET NULL)',
    'DROP TRIGGER IF EXISTS x ON t; CREATE TRIGGER x BEFORE INSERT OR UPDATE OR DELETE ON t EXECUTE PROCEDURE f()',
    'CREATE OR REPLACE RULE r AS ON DELETE TO v DO INSTEAD DELETE FROM t',
    'DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t FOR UPDATE USING (true)',
    'GRANT INSERT, UPDATE, DELETE ON t TO r',
    'EXPLAIN DELETE FROM t',
    'EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM t',
    "COPY (SELECT a FROM t) TO '/f'",
    'ALTER TABLE t DROP CONSTRAINT IF EXISTS c',
    'ALTER EXTERNAL TABLE t DROP COLUMN IF EXISTS a',
    'SELECT * FROM t FOR UPDATE',
    'ALTER TABLE t OWNER TO r',
    'ALTER TABLE t ALTER COLUMN a DROP NOT NULL',
    'ALTER TABLE t ALTER a DROP DEFAULT',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO r',
    'GRANT SELECT ON PROTOCOL pxf TO r; COMMENT ON TABLE t IS $$CREATE TABLE$$; SET client_min_messages = warning',
    'DROP VIEW IF EXISTS v',
    "COPY t TO '/f'",
    '-- gp-supervisor: may run again\nINSERT INTO t VALUES (1)',
    'SELECT 1;\n\n-- once more\n-- gp-supervisor: may run again\nDROP TABLE IF EXISTS t',
    '',
  ])('accepts %s', (sql) => {
    expect(faultsOf(sql)).toEqual([])
  })

  it.each([
    [
      'CREATE TABLE t (a int)',
      'CREATE TABLE t fails when it runs again: write IF NOT EXISTS, or, if this is intended',
    ],
    ['create /* IF NOT EXISTS */ table T (a int)', 'CREATE TABLE t fails'],
    ['CREATE TABLE t AS SELECT 1', 'create it with IF NOT EXISTS first, then fill it with a guarded INSERT'],
    ['CREATE SCHEMA s', 'write IF NOT EXISTS'],
    ['CREATE EXTERNAL TABLE t (a int)', 'put DROP EXTERNAL TABLE IF EXISTS with the same name before it'],
    ['CREATE EXTERNAL TABLE t (a int); DROP EXTERNAL TABLE IF EXISTS t', 'CREATE EXTERNAL TABLE t fails'],
    ['DROP EXTERNAL TABLE IF EXISTS "T"; CREATE EXTERNAL TABLE T (a int)', 'CREATE EXTERNAL TABLE t fails'],
    ['DROP VIEW IF EXISTS t; CREATE TABLE t (a int)', 'CREATE TABLE t fails'],
    ['CREATE INDEX ON t (a)', 'put DROP INDEX IF EXISTS'],
    ['CREATE VIEW v AS SELECT 1', 'write CREATE OR REPLACE'],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'write CREATE OR REPLACE'],
    ['CREATE SEQUENCE q', 'create it in a DO block'],
    ['CREATE USER u', 'CREATE ROLE u fails when it runs again: create it in a DO block'],
    ['CREATE TYPE y AS (a int)', 'create it in a DO block'],
    ['CREATE TRUSTED PROTOCOL p (readfunc = f)', 'put DROP PROTOCOL IF EXISTS'],
    ['DROP TABLE IF EXISTS t', 'DROP TABLE deletes what users store there'],
    ['DROP SCHEMA s CASCADE', 'DROP SCHEMA deletes'],
    ['DROP OWNED BY r', 'DROP OWNED deletes'],
    ['DROP EXTERNAL TABLE t', 'write IF EXISTS'],
    ['DROP EXTERNAL TABLE IF EXISTS t CASCADE', 'remove CASCADE'],
    ['INSERT INTO t VALUES (1)', 'INSERT adds the same rows at each start'],
    ['WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM x', 'adds the same rows'],
    ["COPY t FROM '/f'", 'COPY adds the same rows'],
    ['UPDATE t SET a = a + 1', 'UPDATE without WHERE'],
    ['DELETE FROM t', 'DELETE without WHERE'],
    ['TRUNCATE t', 'TRUNCATE empties a table'],
    ['SELECT 1 AS a INTO t', 'SELECT … INTO creates a table'],
    ['ALTER TABLE t ADD COLUMN a int', 'ALTER TABLE fails when it runs again'],
    ['ALTER TABLE t RENAME TO u', 'ALTER TABLE fails when it runs again'],
    ['ALTER TABLE t DROP CONSTRAINT c', 'ALTER TABLE … DROP fails if it is already gone'],
    ['ALTER TABLE t DROP CONSTRAINT IF EXISTS c CASCADE', 'remove CASCADE'],
    ['ALTER TABLE t DROP COLUMN a', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP COLUMN IF EXISTS a', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP "a"', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP IF EXISTS a', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP COLUMN IF EXISTS a CASCADE', 'remove CASCADE'],
    ['ALTER TYPE y DROP ATTRIBUTE IF EXISTS a', 'ALTER TYPE … DROP deletes'],
    ['ALTER TABLE t DROP PARTITION p', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP PARTITION IF EXISTS p', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP DEFAULT PARTITION', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t DROP DEFAULT PARTITION IF EXISTS', 'ALTER TABLE … DROP deletes'],
    ['ALTER TABLE t TRUNCATE PARTITION p', 'TRUNCATE PARTITION empties'],
    ['ALTER TABLE t ALTER PARTITION p TRUNCATE DEFAULT PARTITION', 'TRUNCATE PARTITION empties'],
    ['UPDATE t SET a = (SELECT 1 WHERE true)', 'UPDATE without WHERE'],
    ['WITH x AS (SELECT 1 WHERE true) DELETE FROM t', 'DELETE without WHERE'],
    ['WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x WHERE a > 1', 'DELETE without WHERE'],
    [
      'WITH x AS (DELETE FROM t RETURNING a) INSERT INTO u SELECT a FROM x WHERE NOT EXISTS (SELECT 1 FROM u)',
      'DELETE without WHERE',
    ],
    ['WITH x AS (UPDATE ONLY t SET a = 1 RETURNING a) DELETE FROM u WHERE a = 1', 'UPDATE without WHERE'],
    [
      'WITH x AS (DELETE FROM u WHERE NOT EXISTS (SELECT 1 FROM t)) INSERT INTO t VALUES (1)',
      'INSERT adds the same rows',
    ],
    [
      'WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT a FROM x WHERE NOT EXISTS (SELECT 1 FROM t)',
      'INSERT adds the same rows',
    ],
    ["INSERT INTO t SELECT a FROM u WHERE status NOT IN ('a', 'b')", 'INSERT adds the same rows'],
    ['COPY (DELETE FROM t RETURNING a) TO PROGRAM $$x$$', 'DELETE without WHERE'],
    ['CREATE TEMP TABLE x AS WITH y AS (DELETE FROM t RETURNING a) SELECT a FROM y', 'DELETE without WHERE'],
    ['EXPLAIN ANALYZE DELETE FROM t WHERE a = 1', 'EXPLAIN ANALYZE executes'],
    ['EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 1', 'EXPLAIN ANALYZE executes'],
    ['EXPLAIN (VERBOSE, ANALYZE) INSERT INTO t VALUES (1)', 'EXPLAIN ANALYZE executes'],
    ['EXPLAIN (ANALYZE) UPDATE t SET a = 1 WHERE a = 2', 'EXPLAIN ANALYZE executes'],
    ['EXPLAIN ANALYZE EXECUTE p', 'EXPLAIN ANALYZE executes'],
    ['PREPARE p AS DELETE FROM t', 'PREPARE: its effect on the rows'],
    ['EXECUTE p', 'EXECUTE: its effect on the rows'],
    ['SET standard_conforming_strings = off', 'standard_conforming_strings changes where strings end'],
    ['SET LOCAL standard_conforming_strings TO off', 'standard_conforming_strings changes'],
    ['SET SESSION "standard_conforming_strings" = off', 'standard_conforming_strings changes'],
    ['ALTER ROLE r SET standard_conforming_strings = off', 'standard_conforming_strings changes'],
    ['WITH x AS (SELECT 1 AS a) SELECT a INTO t FROM x', 'SELECT … INTO creates a table'],
    ['CREATE TEMP VIEW v AS SELECT a FROM t; INSERT INTO v VALUES (1)', 'INSERT adds the same rows'],
  ])('refuses %s', (sql, text) => {
    const faults = faultsOf(sql)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(text)
    expect(faults[0]).toContain('put the line "-- gp-supervisor: may run again" directly before it')
  })

  it.each([
    'DROP TABLE t',
    'DROP TABLE IF EXISTS pg_temp.t',
    'TRUNCATE TABLE ONLY t',
    'CREATE INDEX ON t (a)',
    'CREATE UNIQUE INDEX i ON t (a)',
    'ALTER TABLE t ADD COLUMN b int',
    'ALTER TABLE IF EXISTS ONLY t DROP COLUMN a CASCADE',
    'INSERT INTO t VALUES (1)',
    'UPDATE ONLY t SET a = 1',
    'DELETE FROM ONLY t',
    'WITH x AS (DELETE FROM t RETURNING a) INSERT INTO pg_temp.t SELECT a FROM x',
    'EXPLAIN ANALYZE DELETE FROM t',
  ])('leaves temporary tables alone: %s', (sql) => {
    expect(faultsOf(`CREATE TEMP TABLE t (a int); ${sql}`)).toEqual([])
    expect(faultsOf(`SELECT 1 AS a INTO TEMP t; ${sql}`)).toEqual([])
    expect(faultsOf(`CREATE TEMP TABLE u (a int); ${sql}`)).toHaveLength(1)
  })

  it.each([
    ['CREATE TEMP TABLE t (a int); DROP TABLE t, u', 'DROP TABLE deletes'],
    ['CREATE TEMP TABLE t (a int); TRUNCATE t, u', 'TRUNCATE empties'],
    ['CREATE TEMP TABLE t (a int); DROP TABLE t; TRUNCATE t', 'TRUNCATE empties'],
    ['CREATE TEMP TABLE t (a int); ALTER TABLE t RENAME TO u; DELETE FROM t', 'DELETE without WHERE'],
    ['CREATE TEMP TABLE t (a int); TRUNCATE s.t', 'TRUNCATE empties'],
  ])('knows which table is meant in %s', (sql, text) => {
    expect(faultsOf(sql)).toEqual([expect.stringContaining(text)])
  })

  it.each([
    ['BEGIN', 'each file runs as one transaction'],
    ['COMMIT', 'each file runs as one transaction'],
    ['START TRANSACTION', 'each file runs as one transaction'],
    ['END', 'each file runs as one transaction'],
    ['VACUUM t', 'cannot run inside a transaction'],
    ['CREATE DATABASE d', 'cannot run inside a transaction'],
    ['CREATE INDEX CONCURRENTLY i ON t (a)', 'cannot run inside a transaction'],
    ["ALTER TYPE y ADD VALUE 'z'", 'cannot run inside a transaction'],
    ['COPY t FROM STDIN', 'there is no psql here'],
  ])('refuses %s, marked or not', (sql, text) => {
    for (const mark of ['', '-- gp-supervisor: may run again\n']) {
      const faults = faultsOf(mark + sql)
      expect(faults).toHaveLength(1)
      expect(faults[0]).toContain(text)
    }
  })

  it('tells every fault of a file, each with its line', () => {
    const file = parseSqlFile(
      '20-y.sql',
      Buffer.from("CREATE TABLE t (a int);\n\nINSERT INTO t\nVALUES (1);\nSELECT 'x"),
    )
    expect(faultLines(file).map((line) => line.slice(0, 29))).toEqual([
      '20-y.sql:1: CREATE TABLE t fa',
      '20-y.sql:1: TABLE t has no sc',
      '20-y.sql:3: INSERT adds the s',
      '20-y.sql:5: a string starts h',
    ])
  })
})

describe('directives', () => {
  it('are read from the top of the file, in any letters', () => {
    const text =
      '-- About this file.\n-- gp-supervisor: database customers\n--gp-supervisor:NEEDS PXF\n\n-- gp-supervisor: when changed\nSELECT 1'
    expect(parseSqlFile('10-x.sql', Buffer.from(text))).toMatchObject({
      database: 'customers',
      needsPxf: true,
      whenChanged: true,
      faults: [],
    })
  })

  it.each([
    ['-- gp-supervisor: neeeds pxf\nSELECT 1', '"neeeds pxf" is not a directive'],
    ['SELECT 1;\n-- gp-supervisor: needs pxf\nSELECT 2', '"needs pxf" is not allowed here'],
    [
      '-- gp-supervisor: may run again\n\nDROP TABLE IF EXISTS t',
      'alone on the line directly before its statement',
    ],
    [
      'SELECT 1; -- gp-supervisor: may run again\nDROP TABLE IF EXISTS t',
      'alone on the line directly before its statement',
    ],
    ['SELECT 1; -- gp-supervisor: may run again\nDROP TABLE IF EXISTS t', 'DROP TABLE deletes'],
    ['/* x */ -- gp-supervisor: may run again\nDROP TABLE IF EXISTS t', 'DROP TABLE deletes'],
    ['SELECT 1 -- gp-supervisor: may run again\n; DROP TABLE IF EXISTS t', 'DROP TABLE deletes'],
    ['SELECT 1;\n-- gp-supervisor: may run again', 'alone on the line directly before its statement'],
    ['-- gp-supervisor: database a\n-- gp-supervisor: database b\nSELECT 1', 'more than one database'],
  ])('are refused where they would do nothing: %j', (sql, text) => {
    expect(faultsOf(sql).join('\n')).toContain(text)
  })
})

describe('a comment that is almost a directive', () => {
  it.each([
    ['-- gp-supervisor when changed', 'when changed'],
    ['-- gp_supervisor: needs pxf', 'needs pxf'],
    ['--GPSupervisor :Needs  PXF', 'Needs  PXF'],
    ['-- gp supervisor - may run again.', 'may run again'],
    ['--- gp-supervisor: when changed', 'when changed'],
    ['-- gp-supervisor database customers', 'database customers'],
    ['-- gp-supervisor; search path stg, mart', 'search path stg, mart'],
    ['-- gp_supervisor = trusts etl', 'trusts etl'],
    ['-- gp_supervisor: whatever', 'whatever'],
  ])('is refused, with its line and what to write: %s', (comment, words) => {
    const file = parseSqlFile('10-x.sql', Buffer.from(`-- About this file.\n${comment}\nSELECT 1`))
    expect(faultLines(file)).toEqual([
      `10-x.sql:2: this comment looks like a directive but is not one; write "-- gp-supervisor: ${words}", or start it with another word`,
    ])
    expect(file).toMatchObject({ database: undefined, needsPxf: false, whenChanged: false })
  })

  it('is refused at the end of the file and before a later statement, too', () => {
    const text = 'SELECT 1;\n-- gp-supervisor may run again\nSELECT 2;\n-- gp_supervisor: needs pxf'
    const { faults } = parseSqlFile('10-x.sql', Buffer.from(text))
    expect(faults.map(({ line }) => line)).toEqual([2, 4])
  })

  it.each([
    '-- gp-supervisor creates it in GP_DB',
    '-- gp-supervisor needs pxf here, because the tables read over it',
    '-- gp-supervisor applies it when changed',
    "-- gp-supervisor's database is gp_dwh",
    '-- gp-supervisor trusts nobody but superusers',
    '-- GP supervisors: see the README',
    '-- made for gp_supervisor: needs pxf',
    '-- gp-supervisor',
  ])('is not prose about the program: %s', (comment) => {
    expect(faultsOf(`${comment}\nSELECT 1`)).toEqual([])
  })
})

describe('a file', () => {
  it('may begin with a byte order mark', () => {
    expect(parseSqlFile('10-x.sql', Buffer.from('\uFEFFSELECT 1')).statements[0]?.text).toBe('SELECT 1')
  })

  it('has to be UTF-8', () => {
    expect(() => parseSqlFile('10-x.sql', Buffer.from([0x27, 0xff, 0x27]))).toThrow('it is not UTF-8')
  })
})
