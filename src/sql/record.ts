/**
 * The record of applied files, in the database itself. It is updated in the transaction of the file, so the two cannot
 * disagree.
 */
import { quoteLiteral, withSession, type Session, type SessionTarget } from '../greenplum/session.ts'
import { SupervisorError, reasonOf } from '../errors.ts'
import type { SqlFile } from './files.ts'
import { refuseForeign } from './ownership.ts'
import { existing, relationsOf } from './relations.ts'

/** Greenplum refuses schema names that start with gp_. */
const recordSchema = 'gpsupervisor'
const record = `${recordSchema}.applied_sql`

/** When each file was applied, by name; only those whose text was applied and whose relations all exist. */
export type AppliedAt = ReadonlyMap<string, string>

/**
 * The files that need not be applied, asked in one session per database. Nothing here is an error: what cannot be
 * answered is not in the result, and is asked again when the file's turn comes.
 * @param target the coordinator, with the default database for files that name none
 */
export async function unchangedFiles(
  files: readonly SqlFile[],
  target: SessionTarget,
  signal: AbortSignal,
): Promise<AppliedAt> {
  const byDatabase = Map.groupBy(
    files.filter(({ whenChanged }) => whenChanged),
    ({ database = target.database }) => database,
  )
  const answers = await Promise.all(
    [...byDatabase].map(([database, own]) =>
      withSession({ ...target, database }, (session) => appliedBefore(session, own), { signal }).catch(
        (): AppliedAt => new Map(),
      ),
    ),
  )
  return new Map(answers.flatMap((answer) => [...answer]))
}

export async function appliedBefore(session: Session, files: readonly SqlFile[]): Promise<AppliedAt> {
  await refuseForeignRecord(session)
  if ((await existing(session, [quoteLiteral(record)])).size === 0) return new Map()
  const rows = await session.query(
    `SELECT file, sha256, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at
     FROM ${record} WHERE file = ANY ($1::text[])`,
    [files.map(({ name }) => name)],
  )
  const recorded = files.flatMap((file) => {
    const row = rows.find(({ file: name, sha256 }) => name === file.name && sha256 === file.sha256)
    return row === undefined ? [] : [{ file, at: String(row['applied_at']) }]
  })
  const there = await existing(
    session,
    recorded.flatMap(({ file }) => relationsOf(file)),
  )
  const whole = recorded.filter(({ file }) => relationsOf(file).every((relation) => there.has(relation)))
  return new Map(whole.map(({ file, at }) => [file.name, at]))
}

/** Runs before the statements of the file, which may change the role or the search path. */
export async function remember(
  session: Session,
  { name, sha256 }: Pick<SqlFile, 'name' | 'sha256'>,
): Promise<void> {
  await session.query(`CREATE SCHEMA IF NOT EXISTS ${recordSchema}`)
  await session.query(
    `CREATE TABLE IF NOT EXISTS ${record} (file text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL)`,
  )
  await refuseForeignRecord(session)
  await session.query(`DELETE FROM ${record} WHERE file = $1`, [name])
  await session.query(`INSERT INTO ${record} VALUES ($1, $2, now())`, [name, sha256])
}

/** A role that can create schemas may have created this one first, with a table with rules and triggers. */
async function refuseForeignRecord(session: Session): Promise<void> {
  await refuseForeign(session, [{ schema: recordSchema, name: 'applied_sql' }]).catch((error: unknown) => {
    throw new SupervisorError(
      `${reasonOf(error)}; the supervisor keeps its record of applied files there: rename it ` +
        `(ALTER SCHEMA ${recordSchema} RENAME TO …), or drop it`,
      { code: 'foreign-object', cause: error },
    )
  })
}
