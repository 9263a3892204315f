/** seed/protocols/compile.sh over a server that is a few files: a pg_config, a header, a program with one function. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { platform } from 'node:process'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noCompiler, protocols } from './toolchain.ts'

/** Of the package `locales`. */
const language = '/usr/share/i18n/locales/en_US'

const script = join(protocols, 'compile.sh')

let root = ''
const at = (path: string): string => join(root, path)
const put = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'gp-compile-'))
  put('server/include/access/extprotocol.h', '')
  mkdirSync(at('server/lib'))
  mkdirSync(at('server/bin'))
  mkdirSync(at('sources'))
  put(
    'pg_config',
    `#!/bin/sh
case "$1" in
    --version) echo 'PostgreSQL 9.4.26' ;;
    --includedir-server) echo '${root}/server/include' ;;
    --pkglibdir) echo '${root}/server/lib' ;;
    --bindir) echo '${root}/server/bin' ;;
esac
`,
  )
  chmodSync(at('pg_config'), 0o755)
  const server =
    'int of_the_server(void); int of_the_server(void) { return 1; } int main(void) { return 0; }\n'
  await execa('cc', ['-x', 'c', '-rdynamic', '-o', at('server/bin/postgres'), '-'], { input: server })
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const compile = (environment: Record<string, string> = {}) =>
  execa('/bin/bash', [script, at('sources'), at('output')], {
    env: { PG_CONFIG: at('pg_config'), ...environment },
    reject: false,
  })

const good = 'int of_the_server(void);\nint mine(void);\nint mine(void) { return of_the_server(); }\n'
const library = (name: string): string => at(`output${root}/server/lib/${name}.so`)

/** A PATH with nothing but what the script itself needs. */
function bareTools(): string {
  mkdirSync(at('tools'))
  for (const name of [
    'basename',
    'cat',
    'chmod',
    'chown',
    'cut',
    'getent',
    'mkdir',
    'mktemp',
    'realpath',
    'rm',
    'sh',
  ])
    symlinkSync(join('/usr/bin', name), at(`tools/${name}`))
  return at('tools')
}

const unfit = noCompiler ?? (platform === 'linux' ? undefined : 'the script is for Linux')
const mark = unfit === undefined ? '' : ` (${unfit})`
describe.skipIf(unfit !== undefined)(`compile.sh${mark}`, { timeout: 60_000 }, () => {
  it.skipIf(!existsSync(language))(`in an image that speaks a language (needs ${language})`, async () => {
    await execa('localedef', ['-i', 'en_US', '-f', 'UTF-8', at('en_US.UTF-8')])
    put('sources/good/good.c', good)
    const { exitCode, stderr } = await compile({ LOCPATH: root, LANG: 'en_US.UTF-8' })
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  it('has nothing to do, and needs neither compiler nor server, without C sources', async () => {
    put('sources/only_a_manifest/manifest.json', '{}')
    const { exitCode, stdout } = await compile({ PATH: bareTools(), PG_CONFIG: '/nowhere' })
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `protocols: no C sources below ${at('sources')}, so nothing to compile`,
    })
  })

  it("makes one library of a folder's sources, in the server's place, in folders like the server's", async () => {
    chmodSync(at('server/lib'), 0o750)
    put('sources/two/one.c', good)
    put('sources/two/other.c', 'int other(void);\nint other(void) { return 2; }\n')
    expect(await compile()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(statSync(library('two')).mode & 0o777).toBe(0o755)
    expect(statSync(dirname(library('two'))).mode & 0o777).toBe(0o750)
  })

  it('takes a warning for an error, with the folder and the words of the compiler', async () => {
    put('sources/careless/careless.c', 'int mine(void);\nint mine(void) { int unused = 1; return 2; }\n')
    const { exitCode, stderr } = await compile()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/unused variable/)
    expect(stderr).toMatch(/protocols: cannot compile 'careless' .*see the compiler's words above/)
  })

  it('refuses a call of a function that the server does not have', async () => {
    put('sources/hopeful/hopeful.c', good.replaceAll('of_the_server', 'of_another_version'))
    const { exitCode, stderr } = await compile()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /cannot use 'hopeful': neither the server nor the C library has\n.*of_another_version/,
    )
  })

  it("refuses the name of a library of the server's own", async () => {
    put('sources/plpgsql/plpgsql.c', good)
    put('server/lib/plpgsql.so', '')
    const { exitCode, stderr } = await compile()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/cannot compile 'plpgsql': the server has a library .*rename the folder/)
  })

  it('refuses a folder whose name is no name of a library', async () => {
    put('sources/My-Protocol/it.c', good)
    const { exitCode, stderr } = await compile()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/cannot compile 'My-Protocol'/)
    expect(existsSync(library('My-Protocol'))).toBe(false)
  })

  it('says what to install where there is no compiler', async () => {
    put('sources/mine/mine.c', good)
    const { exitCode, stderr } = await compile({ PATH: bareTools() })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/there is no C compiler\nprotocols: install gcc/)
  })

  it('says how the server is looked for where none is found', async () => {
    put('sources/mine/mine.c', good)
    const { exitCode, stderr } = await compile({ PG_CONFIG: '/nowhere/pg_config' })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/cannot find the server: .*\nprotocols: set PG_CONFIG/)
  })

  it("says so where the server's headers know no external tables", async () => {
    put('sources/mine/mine.c', good)
    rmSync(at('server/include/access/extprotocol.h'))
    const { exitCode, stderr } = await compile()
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/has no access\/extprotocol\.h/)
  })
})
