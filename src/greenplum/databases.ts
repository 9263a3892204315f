/**
 * Reconciles databases and the extension `pxf`: observe, create what is missing, report whether something changed. The
 * base image creates the extension only if `pxf-env.sh` is missing, and a seeded volume always has that file.
 */
import { quoteIdentifier, withSession, type SessionTarget } from './session.ts'
import { SupervisorError } from '../errors.ts'

export type Reconciled = 'changed' | 'unchanged'

const duplicateDatabase = '42P04'
/** CREATE DATABASE copies template1 on every segment. */
const createDatabaseTimeoutMs = 120_000
/** It runs on every segment and waits for locks. */
const extensionTimeoutMs = 60_000

export async function ensureDatabase(
  target: SessionTarget,
  database: string,
  signal: AbortSignal,
): Promise<Reconciled> {
  return withSession(
    target,
    async (session) => {
      const found = await session.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
      if (found.length > 0) return 'unchanged'
      try {
        await session.query(`CREATE DATABASE ${quoteIdentifier(database)}`)
      } catch (error) {
        // Another session has created it in the meantime.
        if ((error as { code?: string }).code !== duplicateDatabase) throw error
      }
      return 'changed'
    },
    { signal, timeoutMs: createDatabaseTimeoutMs },
  )
}

/**
 * Creates the extension `pxf`, or updates it to the version of the image.
 * @param onMissing called before it is created
 */
export async function ensureExtension(
  target: SessionTarget,
  database: string,
  signal: AbortSignal,
  onMissing: () => void = () => {},
): Promise<{ readonly outcome: Reconciled; readonly version: string }> {
  const work = withSession(
    { ...target, database },
    async (session) => {
      const [state] = await session.query(
        `SELECT available.default_version AS wanted,
                (SELECT extversion FROM pg_extension WHERE extname = 'pxf') AS installed
         FROM pg_available_extensions available WHERE available.name = 'pxf'`,
      )
      if (state === undefined) throw extensionMissing()
      const wanted = String(state['wanted'])
      if (state['installed'] === wanted) return { outcome: 'unchanged' as const, version: wanted }
      if (state['installed'] === null) onMissing()
      await session.query(
        state['installed'] === null ? 'CREATE EXTENSION IF NOT EXISTS pxf' : 'ALTER EXTENSION pxf UPDATE',
      )
      return { outcome: 'changed' as const, version: wanted }
    },
    { signal, timeoutMs: extensionTimeoutMs },
  )
  return work.catch((error: unknown) => {
    throw (error as { code?: string }).code === '3D000' ? databaseMissing(database, error) : error
  })
}

function extensionMissing(): SupervisorError {
  return new SupervisorError(
    'cannot create extension pxf: it is not installed in the server (no pxf.control in its share directory); ' +
      'run `pxf register` or use an image with PXF',
    { code: 'extension-missing' },
  )
}

function databaseMissing(database: string, cause: unknown): SupervisorError {
  return new SupervisorError(
    `cannot create extension pxf: database "${database}" does not exist; ` +
      'create it, or remove it from PXF_EXTENSION_DATABASES',
    { code: 'database-missing', cause },
  )
}
