/**
 * Registers one library of the image in one database: observes, plans, carries out the plan in one transaction, and
 * verifies that the server can use the library.
 */
import { ensureDatabase, type Reconciled } from '../greenplum/databases.ts'
import { quoteLiteral, withSession, type Session, type SessionTarget } from '../greenplum/session.ts'
import type { Library } from './manifest.ts'
import { observeLibrary, observeMade, type Made } from './observe.ts'
import { planRegistration } from './registration.ts'
import { wantedFunctions } from './wanted.ts'

export interface Registered {
  readonly outcome: Reconciled
  readonly changes: readonly string[]
  readonly problems: readonly string[]
}

/** Each statement runs on every segment and waits for locks. */
const timeoutMs = 60_000
const databaseDoesNotExist = '3D000'

/**
 * @param thorough also creates a missing database and loads the library on every host; otherwise only the catalog is checked
 */
export async function registerLibrary(
  target: SessionTarget,
  { library, database, thorough }: { library: Library; database: string; thorough: boolean },
  signal: AbortSignal,
): Promise<Registered> {
  const attempt = () => registerIn({ ...target, database }, { library, thorough }, signal)
  return attempt().catch(async (error: unknown) => {
    if (!thorough || (error as { code?: string }).code !== databaseDoesNotExist) throw error
    await ensureDatabase(target, database, signal)
    return attempt()
  })
}

function registerIn(
  target: SessionTarget,
  { library, thorough }: { library: Library; thorough: boolean },
  signal: AbortSignal,
): Promise<Registered> {
  return withSession(
    target,
    async (session) => {
      // First, because LOAD gives the clearest error for a faulty library, and Greenplum runs it on every segment.
      if (thorough) await session.query(`LOAD ${quoteLiteral(library.library)}`)
      const { statements, changes, problems } = planRegistration(
        library,
        await observeLibrary(session, library),
      )
      if (statements.length > 0) await inTransaction(session, statements)
      if (thorough) await verifySymbols(session, library)
      return {
        outcome: statements.length > 0 ? ('changed' as const) : ('unchanged' as const),
        changes,
        problems,
      }
    },
    { signal, timeoutMs },
  )
}

/** An error closes the session, which rolls back the transaction. */
async function inTransaction(session: Session, statements: readonly string[]): Promise<void> {
  await session.query('BEGIN')
  for (const statement of statements) await session.query(statement)
  await session.query('COMMIT')
}

/**
 * CREATE FUNCTION checks that the symbol exists. On a later start nothing is created, but the library may have changed,
 * so the same check is called by name. It runs only on the coordinator, because every host has the same image.
 */
async function verifySymbols(session: Session, library: Library): Promise<void> {
  await session.query(
    `SELECT pg_catalog.fmgr_c_validator(p.oid) FROM pg_catalog.pg_proc p
       JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
      WHERE p.proname::text = ANY ($1::text[]) AND p.probin::text = $2`,
    [wantedFunctions(library).map(({ name }) => name), library.library],
  )
}

/** Everything that was ever created from a manifest in this database; empty if the database does not exist. */
export async function findMade(
  target: SessionTarget,
  database: string,
  signal: AbortSignal,
): Promise<Made[]> {
  return withSession({ ...target, database }, observeMade, { signal }).catch((error: unknown) => {
    if ((error as { code?: string }).code === databaseDoesNotExist) return []
    throw error
  })
}
