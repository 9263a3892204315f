/**
 * Observes the functions and the protocol of one library in a database. The queries run on Greenplum 6 (PostgreSQL 9.4)
 * and 7, and use only the coordinator's catalog.
 */
import { quoteLiteral, type Session } from '../greenplum/session.ts'
import type { Library } from './manifest.ts'
import { markPrefix, wantedFunctions } from './wanted.ts'

export interface Observed {
  /** The functions in schema public with a name that the library defines. */
  readonly functions: readonly ObservedFunction[]
  readonly protocol: ObservedProtocol | undefined
  readonly protocolNames: readonly string[]
  /** The roles in the manifest's grants that exist. */
  readonly roles: readonly string[]
}

export interface ObservedFunction {
  readonly oid: number
  readonly name: string
  readonly arguments: string
  readonly result: string
  readonly language: string
  readonly library: string | null
  readonly symbol: string
  /** `s` is stable. */
  readonly volatility: string
  readonly strict: boolean
  readonly extension: string | null
  readonly owner: string
  /** Matters because any role may create a function, add the mark, and change the function at any time. */
  readonly ownerIsSuperuser: boolean
  /** It was created from a manifest. */
  readonly marked: boolean
}

export interface ObservedProtocol {
  /** The functions, with their schema; null if there is none. */
  readonly read: string | null
  readonly write: string | null
  readonly validate: string | null
  readonly trusted: boolean
  /** One of its functions was created from a manifest. */
  readonly marked: boolean
  readonly owner: string
  /** The owner is not the role of this session. */
  readonly ownerIsOther: boolean
  /** External tables that depend on it. */
  readonly tables: readonly string[]
  readonly grants: readonly ObservedGrant[]
}

export interface ObservedGrant {
  /** `public` means all roles. */
  readonly role: string
  readonly privilege: string
  readonly grantable: boolean
}

/** SQL that tests whether one of these functions has the mark and is owned by a superuser. */
const isMarked = (functions: string): string =>
  `EXISTS (SELECT 1 FROM pg_catalog.pg_description m
             JOIN pg_catalog.pg_proc f ON f.oid = m.objoid
             JOIN pg_catalog.pg_roles s ON s.oid = f.proowner AND s.rolsuper
            WHERE m.classoid = 'pg_catalog.pg_proc'::regclass AND m.objsubid = 0 AND m.objoid IN (${functions})
              AND m.description LIKE ${quoteLiteral(`${markPrefix}%`)})`

const functionsQuery = `
  SELECT p.oid, p.proname AS name, oidvectortypes(p.proargtypes) AS arguments, p.prorettype::regtype::text AS result,
         l.lanname AS language, p.probin::text AS library, p.prosrc AS symbol, p.provolatile::text AS volatility,
         p.proisstrict AS strict, e.extname AS extension, o.rolname AS owner, o.rolsuper AS "ownerIsSuperuser",
         ${isMarked('p.oid')} AS marked
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
                                    AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
   WHERE p.proname::text = ANY ($1::text[])`

const functionOf = (column: string): string =>
  `(SELECT n.nspname || '.' || p.proname FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = ${column})`

const protocolQuery = `
  SELECT ${functionOf('x.ptcreadfn')} AS read, ${functionOf('x.ptcwritefn')} AS write,
         ${functionOf('x.ptcvalidatorfn')} AS validate, x.ptctrusted AS trusted,
         ${isMarked('x.ptcreadfn, x.ptcwritefn, x.ptcvalidatorfn')} AS marked, r.rolname AS owner,
         r.rolname <> current_user AS "ownerIsOther",
         ARRAY(SELECT DISTINCT d.objid::regclass::text FROM pg_catalog.pg_depend d
                WHERE d.refclassid = 'pg_catalog.pg_extprotocol'::regclass AND d.refobjid = x.oid
                  AND d.classid = 'pg_catalog.pg_class'::regclass ORDER BY 1) AS tables
    FROM pg_catalog.pg_extprotocol x JOIN pg_catalog.pg_roles r ON r.oid = x.ptcowner
   WHERE x.ptcname::text = $1`

const grantsQuery = `
  SELECT COALESCE(r.rolname::text, 'public') AS role, lower((item).privilege_type) AS privilege,
         (item).is_grantable AS grantable
    FROM (SELECT aclexplode(ptcacl) AS item FROM pg_catalog.pg_extprotocol WHERE ptcname::text = $1) AS items
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = (item).grantee ORDER BY 1, 2`

export async function observeLibrary(session: Session, library: Library): Promise<Observed> {
  const names = wantedFunctions(library).map(({ name }) => name)
  const functions = await session.query(functionsQuery, [names])
  const roles = await session.query(
    'SELECT rolname FROM pg_catalog.pg_roles WHERE rolname::text = ANY ($1::text[])',
    [library.grants.map(({ role }) => role)],
  )
  const all = await session.query('SELECT ptcname FROM pg_catalog.pg_extprotocol')
  return {
    functions: functions as unknown as ObservedFunction[],
    protocol:
      library.protocol === undefined ? undefined : await observeProtocol(session, library.protocol.name),
    protocolNames: all.map((row) => String(row['ptcname'])),
    roles: roles.map((row) => String(row['rolname'])),
  }
}

async function observeProtocol(session: Session, name: string): Promise<ObservedProtocol | undefined> {
  const [row] = await session.query(protocolQuery, [name])
  if (row === undefined) return undefined
  const grants = await session.query(grantsQuery, [name])
  return {
    ...(row as unknown as Omit<ObservedProtocol, 'grants'>),
    grants: grants as unknown as ObservedGrant[],
  }
}

/** A function that was created from a manifest at some time, and the protocols that use it. */
export interface Made {
  readonly signature: string
  readonly name: string
  /** The path of the manifest. */
  readonly file: string
  readonly protocols: readonly string[]
}

export async function observeMade(session: Session): Promise<Made[]> {
  const rows = await session.query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')'
              AS signature, p.proname AS name, substr(d.description, $2) AS file,
            ARRAY(SELECT x.ptcname::text FROM pg_catalog.pg_extprotocol x
                   WHERE p.oid IN (x.ptcreadfn, x.ptcwritefn, x.ptcvalidatorfn) ORDER BY 1) AS protocols
       FROM pg_catalog.pg_proc p
       JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       JOIN pg_catalog.pg_roles o ON o.oid = p.proowner AND o.rolsuper
       JOIN pg_catalog.pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_catalog.pg_proc'::regclass
                                       AND d.objsubid = 0
      WHERE d.description LIKE $1 ORDER BY 1`,
    [`${markPrefix}%`, markPrefix.length + 1],
  )
  return rows as unknown as Made[]
}
