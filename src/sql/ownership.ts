/**
 * Checks whose code a statement would run. The session has the administrator's privileges, and the code of a trigger, a
 * view, an index or a function runs with the privileges of its caller. So whatever a statement names must belong to a
 * superuser, or to a role that the author of the file trusts. Otherwise a user could create a table with a name that the
 * image uses, and attach code to it.
 */
import { SupervisorError } from '../errors.ts'
import type { Session } from '../greenplum/session.ts'
import { creationOf, nameAt } from './objects.ts'
import { wordsOf, type Statement } from './statements.ts'

export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

interface Owned {
  readonly oid: string
  readonly kind: 'schema' | 'relation' | 'function' | 'operator' | 'type'
  readonly name: string
  readonly owner: string
  readonly ownerIsSuperuser: boolean
  /** A view, or a table with rules, which reads other relations and calls functions. */
  readonly hasRules: boolean
}

/** Deeper than any reasonable nesting of views. */
const mostRounds = 32

/** @throws SupervisorError for the first object with an untrusted owner */
export async function refuseForeignCode(
  session: Session,
  statement: Statement,
  trusted: readonly string[] = [],
): Promise<void> {
  await refuseForeign(session, namesRunBy(statement), trusted)
}

export async function refuseForeign(
  session: Session,
  names: readonly QualifiedName[],
  trusted: readonly string[] = [],
): Promise<void> {
  if (names.length === 0) return
  const seen = new Set<string>()
  let found = await query(session, namedQuery, [
    names.map(({ schema }) => schema),
    names.map(({ name }) => name),
  ])
  for (let round = 0; round < mostRounds && found.length > 0; round++) {
    const foreign = found.find(({ owner, ownerIsSuperuser }) => !ownerIsSuperuser && !trusted.includes(owner))
    if (foreign !== undefined) throw foreignError(foreign)
    const views = found.filter(({ oid, hasRules }) => hasRules && !seen.has(oid)).map(({ oid }) => oid)
    for (const oid of views) seen.add(oid)
    found = views.length === 0 ? [] : await query(session, usedByRulesQuery, [views])
  }
}

const query = async (session: Session, sql: string, values: readonly unknown[]): Promise<readonly Owned[]> =>
  (await session.query(sql, values)) as unknown as readonly Owned[]

function foreignError({ kind, name, owner }: Owned): SupervisorError {
  // The owner of a schema can drop objects of others in it, and replace them.
  const danger = kind === 'schema' ? 'its contents can be replaced at any time, and ' : ''
  return new SupervisorError(
    `${kind} ${name} belongs to role "${owner}", which is not a superuser: ${danger}` +
      'its code (triggers, rules, functions, indexes) would run with the privileges of the administrator',
    { code: 'foreign-object' },
  )
}

// --- which statements, which names ------------------------------------------------------------------------------

/** Statements that name objects without running any of their code. */
const harmless: ReadonlySet<string> = new Set(
  'DROP GRANT REVOKE COMMENT SET RESET SHOW LOCK SECURITY ANALYZE ANALYSE REFRESH REINDEX CLUSTER'.split(' '),
)

/** A newly created object is not run. A replaced one keeps its owner, and whatever it refers to may be run. */
export function namesRunBy(statement: Statement): QualifiedName[] {
  const words = wordsOf(statement)
  const names = namesIn(statement)
  if (words[0] === 'CREATE') {
    const creation = creationOf(statement)
    if (creation === undefined || creation.orReplace) return names
    const [schema, name] = creation.name.slice(-2)
    // Its schema must still belong to a superuser.
    return names.map((one) => (one.schema === schema && one.name === name ? { schema, name: '' } : one))
  }
  if (words[0] === 'ALTER' && / (OWNER TO|RENAME|SET SCHEMA) /.test(`${words.join(' ')} `)) return []
  return harmless.has(words[0] ?? '') ? [] : names
}

/** Every `schema.name` in a statement, including operators. `table.column` matches as well, but no catalog has it. */
function namesIn(statement: Statement): QualifiedName[] {
  const names: QualifiedName[] = []
  for (let at = 0; at < statement.tokens.length;) {
    const { parts, next } = nameAt(statement, at)
    const operator = parts.length > 0 ? operatorAt(statement, next) : ''
    const all = operator === '' ? parts : [...parts, operator]
    const pairs = all.slice(1).map((name, index) => ({ schema: all[index] ?? '', name }))
    names.push(...pairs.filter(({ schema }) => schema !== 'pg_catalog' && schema !== 'pg_temp'))
    at = Math.max(next, at + 1)
  }
  return names
}

/** The operator of `OPERATOR(schema.+)`, after the schema; empty if there is none. */
function operatorAt({ text, start, tokens }: Statement, at: number): string {
  // `nameAt` has consumed the dot.
  const dot = tokens[at - 1]
  if (dot === undefined || text[dot.start - start] !== '.') return ''
  return /^\s*([-+*/<>=~!@#%^&|`?]+)/.exec(text.slice(dot.end - start))?.[1] ?? ''
}

// --- the catalog queries ----------------------------------------------------------------------------------------

const owner = `r.rolname::text AS owner, r.rolsuper AS "ownerIsSuperuser"`
const shown = (name: string) => `n.nspname::text || '.' || ${name}::text AS name`

const relations = `
  SELECT c.oid::text AS oid, 'relation' AS kind, ${shown('c.relname')}, ${owner}, c.relhasrules AS "hasRules"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner`
const functions = `
  SELECT p.oid::text, 'function', ${shown('p.proname')}, ${owner}, false
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner`
const operators = `
  SELECT x.oid::text, 'operator', ${shown('x.oprname')}, ${owner}, false
    FROM pg_operator x JOIN pg_namespace n ON n.oid = x.oprnamespace JOIN pg_roles r ON r.oid = x.oprowner`
const types = `
  SELECT t.oid::text, 'type', ${shown('t.typname')}, ${owner}, false
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_roles r ON r.oid = t.typowner`

const wanted = (name: string) =>
  `JOIN (SELECT unnest($1::text[]) AS schema, unnest($2::text[]) AS name) w
     ON w.schema = n.nspname::text AND w.name = ${name}::text`

/** Since PostgreSQL 14 `public` belongs to the owner of the database. */
const schemas = `
  SELECT n.oid::text AS oid, 'schema' AS kind, n.nspname::text AS name, r.rolname::text AS owner,
         r.rolsuper AS "ownerIsSuperuser", false AS "hasRules"
    FROM pg_namespace n
    JOIN pg_roles o ON o.oid = n.nspowner
    JOIN pg_database d ON d.datname = current_database()
    JOIN pg_roles r ON r.oid = CASE WHEN o.rolname = 'pg_database_owner' THEN d.datdba ELSE n.nspowner END
   WHERE n.nspname::text = ANY ($1::text[])`

const namedQuery = `
  ${schemas} UNION ALL
  ${relations} ${wanted('c.relname')} UNION ALL
  ${functions} ${wanted('p.proname')} UNION ALL
  ${operators} ${wanted('x.oprname')} UNION ALL
  ${types} ${wanted('t.typname')} WHERE t.typrelid = 0`

const usedBy = (catalog: string, column: string) =>
  `JOIN pg_depend d ON d.refclassid = '${catalog}'::regclass AND d.refobjid = ${column}
     AND d.classid = 'pg_rewrite'::regclass
   JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class = ANY ($1::oid[])`

const usedByRulesQuery = `
  ${relations} ${usedBy('pg_class', 'c.oid')} WHERE NOT c.oid = ANY ($1::oid[]) UNION
  ${functions} ${usedBy('pg_proc', 'p.oid')} UNION
  ${types} ${usedBy('pg_type', 't.oid')} WHERE t.typrelid = 0`
