/**
 * Traps for sessions of the administrator: every function, operator, table and type that the program's SQL may name
 * exists once more, in `public` and in a schema that is called like the administrator, for other types of arguments than
 * the built-in one has. Whoever looks names up there runs them. A sprung trap writes a line into the server's log and
 * does no harm. The SQL runs on PostgreSQL 9.4 (Greenplum 6) and later.
 */
import { readFileSync, readdirSync } from 'node:fs'

/** A role that may do nothing but what every role of Greenplum may: make things in `public`. */
export const attacker = 'mallory'

/** What a sprung trap writes; behind it its name, the role and the application. */
export const sprung = 'TRAP SPRUNG'

const sources = new URL('../../src/', import.meta.url)

/** Every word of the sources: those that the server knows as names are what the program's SQL may use, also tomorrow. */
export function wordsOfSources(): string[] {
  const names = readdirSync(sources, { recursive: true }).map(String)
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const words = files.flatMap(
    (name) => readFileSync(new URL(name, sources), 'utf8').match(/[a-z_][a-z0-9_]*/g) ?? [],
  )
  return [...new Set(words)].toSorted()
}

/** What the server has of those names; one row each, `kind` is function, relation or type. Takes the words as $1. */
export const builtInQuery = `
  SELECT 'function' AS kind, p.proname::text AS name, p.pronargs::int AS arguments, bool_or(p.proretset) AS many,
         min(CASE WHEN t.typtype = 'b' THEN format_type(t.oid, NULL) END) AS result
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
   WHERE p.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'pg_catalog')
     AND p.proname::text = ANY ($1) AND p.pronargs <= 2 GROUP BY 2, 3
  UNION ALL
  SELECT 'relation', c.relname::text, 0, false, NULL
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'pg_catalog' AND c.relkind IN ('r', 'v') AND c.relname::text = ANY ($1)
  UNION ALL
  SELECT 'type', t.typname::text, 0, false, NULL
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE n.nspname = 'pg_catalog' AND t.typtype = 'b' AND t.typname::text = ANY ($1)`

export interface BuiltIn {
  readonly kind: 'function' | 'relation' | 'type'
  readonly name: string
  readonly arguments: number
  readonly many: boolean
  readonly result: string | null
}

/** As a superuser, in each database: PostgreSQL 15 took from everybody what Greenplum gives to everybody. */
export const openSchemas = (administrator: string): string =>
  `GRANT CREATE ON SCHEMA public TO ${attacker}; CREATE SCHEMA "${administrator}" AUTHORIZATION ${attacker};`

const one =
  'text name "char" varchar bool int2 int4 int8 oid regclass regtype bytea oidvector timestamptz interval text[] name[] anyelement anyarray'.split(
    ' ',
  )
const two = 'text name "char" bool int4 int8 oid timestamptz interval'.split(' ')
const operators = ['=', '<>', '<', '>', '<=', '>=', '||', '~~', '+', '-', '*']

/** As the attacker, in each database: one statement each. */
export function traps(administrator: string, builtIn: readonly BuiltIn[]): string[] {
  return ['public', `"${administrator}"`].flatMap((schema) => [
    ...builtIn.filter(({ kind }) => kind === 'function').flatMap((found) => functionTraps(schema, found)),
    ...operatorTraps(schema),
    trap(`${schema}.trap_row()`, 'text'),
    ...builtIn
      .filter(({ kind }) => kind === 'relation')
      .map(({ name }) => `CREATE VIEW ${schema}."${name}" AS SELECT ${schema}.trap_row() AS sprung`),
    ...builtIn
      .filter(({ kind }) => kind === 'type')
      .map(({ name }) => {
        const check = `CHECK (${schema}.trap_row() IS NULL)`
        return `CREATE DOMAIN ${schema}."${name}" AS pg_catalog."${name}" ${check}`
      }),
  ])
}

function functionTraps(schema: string, { name, arguments: count, many, result }: BuiltIn): string[] {
  const lists = count === 0 ? [[]] : count === 1 ? one.map((type) => [type]) : pairs
  const returns = result === null || /cstring|internal/.test(result) ? 'text' : result
  return lists.map((list) => trap(`${schema}."${name}"(${list.join(', ')})`, returns, many))
}

const pairs = two.flatMap((left) => two.map((right) => [left, right]))

const operatorTraps = (schema: string): string[] =>
  pairs.flatMap(([left = '', right = '']) => [
    trap(`${schema}.trap_bool(${left}, ${right})`, 'bool'),
    trap(`${schema}.trap_text(${left}, ${right})`, 'text'),
    ...operators.map((operator) => {
      const procedure = /[-+*|]/.test(operator) ? 'trap_text' : 'trap_bool'
      return `CREATE OPERATOR ${schema}.${operator} (PROCEDURE = ${schema}.${procedure}, LEFTARG = ${left}, RIGHTARG = ${right})`
    }),
  ])

/** Its body names nothing that could be a trap itself. */
function trap(signature: string, result: string, many = false): string {
  const said = `'${sprung} % by % of %', '${signature}', session_user, pg_catalog.current_setting('application_name')`
  const body = `BEGIN RAISE LOG ${said}; ${many ? 'RETURN' : 'RETURN NULL'}; END`
  return `CREATE FUNCTION ${signature} RETURNS ${many ? 'SETOF ' : ''}${result} LANGUAGE plpgsql AS $trap$ ${body} $trap$`
}
