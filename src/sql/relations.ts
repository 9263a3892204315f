/** Finds which relations of the image's SQL files exist in their databases, with one cheap query per database. */
import {
  quoteIdentifier,
  quoteLiteral,
  withSession,
  type Session,
  type SessionTarget,
} from '../greenplum/session.ts'
import type { SqlFile } from './files.ts'
import { creationOf, relationKinds } from './objects.ts'

/** The existing relations of each file, as SQL literals, by file name. */
export type Relations = ReadonlyMap<string, readonly string[]>

const databaseDoesNotExist = '3D000'

/** @param target the coordinator, with the default database for files that name none */
export async function relationsThere(
  files: readonly SqlFile[],
  target: SessionTarget,
  signal: AbortSignal,
): Promise<Relations> {
  const databases = new Set(files.map(({ database = target.database }) => database))
  const found = new Map<string, readonly string[]>()
  // Sequentially: a check that rarely finds anything must not open many sessions at once.
  for (const database of databases) {
    const own = files.filter((file) => (file.database ?? target.database) === database)
    const there = await lookIn({ ...target, database }, own.flatMap(relationsOf), signal)
    for (const file of own)
      found.set(
        file.name,
        relationsOf(file).filter((relation) => there.has(relation)),
      )
  }
  return found
}

async function lookIn(
  target: SessionTarget,
  relations: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (relations.length === 0) return new Set()
  try {
    return await withSession(target, (session) => existing(session, relations), { signal })
  } catch (error) {
    if ((error as { code?: string }).code === databaseDoesNotExist) return new Set()
    throw error
  }
}

/** The names of the relations that the file creates, as SQL literals. */
export function relationsOf({ statements }: Pick<SqlFile, 'statements'>): string[] {
  return statements.flatMap((statement) => {
    const creation = creationOf(statement)
    if (creation === undefined || creation.temporary || !relationKinds.has(creation.kind)) return []
    return [quoteLiteral(creation.name.map(quoteIdentifier).join('.'))]
  })
}

/** Those of the relations that exist. */
export async function existing(session: Session, relations: readonly string[]): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(relations)]
  if (wanted.length === 0) return new Set()
  const columns = wanted.map((name, index) => `pg_catalog.to_regclass(${name}) IS NOT NULL AS r${index}`)
  const [row] = await session.query(`SELECT ${columns.join(', ')}`)
  return new Set(wanted.filter((_, index) => row?.[`r${index}`] === true))
}

/** `'"stg"."flights_ext"'` as `stg.flights_ext`. */
export const shownRelation = (literal: string): string =>
  literal
    .replace(/^ ?E?'|'$/g, '')
    .replaceAll(/''|\\\\/g, (pair) => pair.slice(1))
    .replaceAll(/"((?:[^"]|"")*)"/g, (_, name: string) => name.replaceAll('""', '"'))
