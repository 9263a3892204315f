/** Finds which relations of the image's SQL files exist in their databases, with one cheap query per database. */
import { withSession, type SessionTarget } from '../greenplum/session.ts'
import { relationsOf } from './apply.ts'
import type { SqlFile } from './files.ts'

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
    const there = await lookIn({ ...target, database }, [...new Set(own.flatMap(relationsOf))], signal)
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
  const columns = relations.map((name, index) => `pg_catalog.to_regclass(${name}) IS NOT NULL AS r${index}`)
  try {
    const [row] = await withSession(target, (session) => session.query(`SELECT ${columns.join(', ')}`), {
      signal,
    })
    return new Set(relations.filter((_, index) => row?.[`r${index}`] === true))
  } catch (error) {
    if ((error as { code?: string }).code === databaseDoesNotExist) return new Set()
    throw error
  }
}

/** `'"stg"."flights_ext"'` as `stg.flights_ext`. */
export const shownRelation = (literal: string): string =>
  literal
    .replace(/^ ?E?'|'$/g, '')
    .replaceAll(/''|\\\\/g, (pair) => pair.slice(1))
    .replaceAll(/"((?:[^"]|"")*)"/g, (_, name: string) => name.replaceAll('""', '"'))
