/** The SQL of a test as a file of the image (docs/reference/sql-files.md), after those that the image has itself. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

export interface SqlFile {
  readonly name: string
  readonly content: string
}

/**
 * @param sql statements, or the path of a file: what ends in `.sql` and is one line
 * @param number of the call; files are applied in its order
 * @throws Error where the file cannot be read
 */
export function initSqlFile(sql: string, number: number): SqlFile {
  const isPath = /^\S.*\.sql$/i.test(sql)
  return {
    // The image wants two digits in front; its own files come before 90.
    name: `90-${String(number).padStart(3, '0')}-${isPath ? basename(sql, '.sql') : 'init'}.sql`,
    content: isPath ? read(sql) : sql,
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(
      `cannot read the SQL file ${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}
