import { describe, expect, it } from 'vitest'
import { parseSqlFile } from './files.ts'
import { namesRunBy } from './ownership.ts'

const namesOf = (sql: string) =>
  parseSqlFile('10-x.sql', Buffer.from(sql)).statements.flatMap((statement) =>
    namesRunBy(statement).map(({ schema, name }) => `${schema}.${name}`),
  )

describe('what a statement would run the code of', () => {
  it.each([
    [
      'INSERT INTO public.t SELECT s.f(a) FROM "S"."V v" x WHERE x.a = 1',
      ['public.t', 's.f', 'S.V v', 'x.a'],
    ],
    ['SELECT 1 OPERATOR(public.%%) 2, 3 OPERATOR ( s . <-> ) 4', ['public.%%', 's.<->']],
    ['SELECT 1 + 2, a.*, pg_catalog.now() FROM pg_temp.t AS a', ['a.*']],
    ['INSERT INTO public.Заказы VALUES (1)', ['public.Заказы']],
    [`INSERT INTO public.${'Ж'.repeat(40)} VALUES (1)`, [`public.${'Ж'.repeat(31)}`]],
    ['CREATE TABLE IF NOT EXISTS public.t (a int DEFAULT s.f())', ['public.', 's.f']],
    ['DROP INDEX IF EXISTS public.i; CREATE INDEX i ON public.own (s.norm(n))', ['public.own', 's.norm']],
    ['CREATE OR REPLACE VIEW public.v AS SELECT a FROM public.t', ['public.v', 'public.t']],
    ['ALTER TABLE public.t ADD COLUMN IF NOT EXISTS b int', ['public.t']],
    ['ALTER TABLE public.t OWNER TO etl; GRANT SELECT ON public.t TO etl; COMMENT ON TABLE s.t IS $$x$$', []],
    ['DROP VIEW IF EXISTS public.v', []],
  ])('%s', (sql, names) => {
    expect(namesOf(sql)).toEqual(names)
  })
})
