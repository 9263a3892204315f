/** The SQL files of the image: read, split into statements, and checked before anything runs. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SupervisorError, errnoOf, reasonOf } from '../errors.ts'
import { readDirectives, type FileDirectives } from './directives.ts'
import { lintStatements } from './lint.ts'
import { findUnqualified } from './names.ts'
import { splitStatements, type Fault, type Statement } from './statements.ts'

export interface SqlFile extends FileDirectives {
  readonly name: string
  /** Hash of its bytes. */
  readonly sha256: string
  readonly statements: readonly Statement[]
  /** Why it is not run, each with its line. Line 0 stands for the whole file. */
  readonly faults: readonly Fault[]
}

/** Two digits, so that names sort by their numbers, here and in a shell. */
const pattern = /^\d\d-.+\.sql$/

/** In the order in which they are applied; none if the directory does not exist. */
export async function readSqlFiles(directory: string): Promise<SqlFile[]> {
  try {
    const names = await readdir(directory)
    const wanted = names.filter((name) => !name.startsWith('.') && !/^readme(\.\w+)?$/i.test(name))
    return await Promise.all(wanted.toSorted().map((name) => readSqlFile(directory, name)))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    return [unreadable(basename(directory), `the directory cannot be read: ${reasonOf(error)}`)]
  }
}

async function readSqlFile(directory: string, name: string): Promise<SqlFile> {
  if (!pattern.test(name))
    return unreadable(name, 'the name must look like 10-tables.sql: two digits, a hyphen, a name, .sql')
  try {
    return parseSqlFile(name, await readFile(join(directory, name)))
  } catch (error) {
    return unreadable(name, reasonOf(error))
  }
}

const unreadable = (name: string, text: string): SqlFile => ({
  ...parseSqlFile(name, new Uint8Array()),
  faults: [{ line: 0, text }],
})

export function parseSqlFile(name: string, bytes: Uint8Array): SqlFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const split = splitStatements(decode(bytes))
  const { directives, faults } = readDirectives(split)
  return {
    name,
    sha256,
    ...directives,
    statements: split.statements,
    faults: [
      ...split.faults,
      ...faults,
      ...lintStatements(split.statements),
      ...findUnqualified(split.statements, directives),
    ].toSorted((one, other) => one.line - other.line),
  }
}

/** Skips a byte order mark, as psql does. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SupervisorError('it is not UTF-8; save it as UTF-8', { code: 'sql' })
  }
}

/** `10-tables.sql:3: …`, one line per fault. */
export const faultLines = ({ name, faults }: SqlFile): string[] =>
  faults.map(({ line, text }) => `${name}${line === 0 ? '' : `:${line}`}: ${text}`)
