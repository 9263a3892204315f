/** The C compiler and the server headers of this machine, if there are any; a program built of sources of this project. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'

export const repository = fileURLToPath(new URL('../..', import.meta.url))
export const protocols = join(repository, 'seed/protocols')

const succeeds = (program: string, ...words: string[]): boolean =>
  execaSync(program, words, { reject: false, input: 'int main(void) { return 0; }\n' }).exitCode === 0

const sanitizing = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

const hasCompiler = succeeds('cc', '--version')
export const noCompiler = hasCompiler ? undefined : 'there is no C compiler (cc) here'

/** Without a sanitizer's library the cases are still worth running. */
const sanitizer =
  hasCompiler && succeeds('cc', ...sanitizing, '-x', 'c', '-o', '/dev/null', '-') ? sanitizing : []

/** Of PostgreSQL 15, as test/protocols/server-stub.c is written for that one. */
const headers = (existsSync('/usr/include/postgresql') ? readdirSync('/usr/include/postgresql') : [])
  .map((version) => join('/usr/include/postgresql', version, 'server'))
  .find((folder) => isPostgres15(join(folder, 'pg_config.h')))
export const noHeaders =
  noCompiler ?? (headers === undefined ? 'there are no server headers of PostgreSQL 15 here' : undefined)

function isPostgres15(file: string): boolean {
  return existsSync(file) && /define PG_VERSION_NUM 15\d{4}/.test(readFileSync(file, 'utf8'))
}

interface Build {
  readonly sources: readonly string[]
  /** The folder below seed/protocols that is tested. */
  readonly library: string
  readonly withServer: boolean
  readonly output: string
}

export async function build({ sources, library, withServer, output }: Build): Promise<string> {
  const ofServer = withServer
    ? [
        'test/protocols/server-stub.c',
        '-isystem',
        'stand-in/headers',
        '-isystem',
        headers ?? '',
        ...librarySources(library),
      ]
    : []
  const flags = ['-std=gnu99', '-g', '-O1', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', ...sanitizer]
  const own = [`-I${join(protocols, library)}`, ...sources, ...ofServer, '-o', output, '-lm']
  await execa('cc', [...flags, ...own], { cwd: repository })
  return output
}

const librarySources = (library: string): string[] =>
  readdirSync(join(protocols, library))
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(protocols, library, name))
