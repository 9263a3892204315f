import { describe, expect, it } from 'vitest'
import { faultLines, parseSqlFile } from './files.ts'

const faultsOf = (sql: string) => faultLines(parseSqlFile('10-x.sql', Buffer.from(sql)))

describe('names without a schema', () => {
  it.each([
    'CREATE TABLE IF NOT EXISTS public.t (a int)',
    'CREATE SCHEMA IF NOT EXISTS s',
    'CREATE EXTENSION IF NOT EXISTS pgcrypto',
    'CREATE TEMP TABLE t (a int); CREATE INDEX ON t (a); DROP TABLE t',
    'CREATE TABLE IF NOT EXISTS pg_temp.t (a int)',
    'DROP INDEX IF EXISTS public.i; CREATE INDEX i ON public.t (a)',
    'CREATE OR REPLACE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'DROP TRIGGER IF EXISTS x ON s.t; CREATE TRIGGER x AFTER INSERT ON s.t EXECUTE PROCEDURE s.f()',
    "DROP EXTERNAL TABLE IF EXISTS s.t; CREATE EXTERNAL TABLE s.t (a int) LOCATION ('pxf://x') FORMAT 'TEXT'",
    'DROP ROLE IF EXISTS r; CREATE ROLE r',
    'SELECT 1 AS a INTO TEMP t',
    'SET client_min_messages = warning; SET LOCAL ROLE r',
    '-- gp-supervisor: search path public\nCREATE TABLE IF NOT EXISTS t (a int)',
  ])('are not in %s', (sql) => {
    expect(faultsOf(sql)).toEqual([])
  })

  it.each([
    ['SELECT 1;\nCREATE TABLE IF NOT EXISTS t (a int)', '10-x.sql:2: TABLE t has no schema'],
    ['CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'FUNCTION f has no schema'],
    ['CREATE OR REPLACE VIEW v AS SELECT 1', 'VIEW v has no schema'],
    ['DROP TYPE IF EXISTS y; CREATE TYPE s.y AS (a int)', 'TYPE y has no schema'],
    ['DROP EXTERNAL TABLE IF EXISTS s.t, u', 'EXTERNAL TABLE u has no schema'],
    ['DROP INDEX IF EXISTS i; CREATE INDEX i ON public.t (a)', 'INDEX i has no schema'],
    ['DROP INDEX IF EXISTS public.i; CREATE INDEX i ON t (a)', 'TABLE t has no schema'],
    ['-- gp-supervisor: may run again\nSELECT 1 AS a INTO t', '10-x.sql:2: TABLE t has no schema'],
    ['CREATE TEMP TABLE t (a int); DROP TABLE t, u', 'TABLE u has no schema'],
  ])('are refused in %s', (sql, expected) => {
    expect(faultsOf(sql).filter((line) => line.includes('has no schema'))).toEqual([
      expect.stringContaining(expected),
    ])
  })

  it('say what to write', () => {
    expect(faultsOf('CREATE TABLE IF NOT EXISTS t (a int)')).toEqual([
      '10-x.sql:1: TABLE t has no schema, and names are looked up in pg_catalog only: write public.t, ' +
        'or set a search path with the line "-- gp-supervisor: search path public" at the top of the file',
    ])
  })

  it.each(['SET search_path = public', 'SET LOCAL search_path TO public', "SET SCHEMA 'public'"])(
    'are not made possible by %s in the middle of a file',
    (sql) => {
      expect(faultsOf(sql)).toEqual([expect.stringContaining('use the line')])
    },
  )
})

it('refuses a name in escapes, whose owner could not be looked up', () => {
  expect(faultsOf('INSERT INTO public.U&"d\\0061t" SELECT 1 WHERE NOT EXISTS (SELECT 1)')).toEqual([
    '10-x.sql:1: U&"…" as a name: write the characters themselves',
  ])
})

describe('directives', () => {
  it('name schemas and roles as they are spelt', () => {
    const sql =
      '-- gp-supervisor: search path stg, My Schema\n-- gp-supervisor: trusts etl\n-- gp-supervisor: trusts Loader, x'
    expect(parseSqlFile('10-x.sql', Buffer.from(sql))).toMatchObject({
      searchPath: ['stg', 'My Schema'],
      trusts: ['etl', 'Loader', 'x'],
      faults: [],
    })
  })
})
