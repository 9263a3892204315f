/** The C sources of seed/protocols in programs of their own, under sanitizers where the compiler has them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { build, noCompiler, noHeaders, repository } from './toolchain.ts'

let scratch = ''
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gp-protocols-'))
})
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true })
})

const inputs = (harness: string): string[] =>
  ['corpus', 'regressions']
    .map((kind) => join(repository, 'test/fuzz', kind, harness))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))

const cases = [
  {
    title: 'records have the bytes of the documented format, and each fault is told apart',
    name: 'record-cases',
    library: 'length_prefixed',
    pure: ['record.c'],
  },
  {
    title: 'the formatters refuse other types, dropped columns and rows that are too long',
    name: 'formatter-cases',
    library: 'length_prefixed',
  },
  {
    title: 'demoprot appends whole rows to plain files and touches no others',
    name: 'demoprot-cases',
    library: 'demoprot',
    words: ['.'],
  },
] as const

const harnesses = [
  { name: 'record-decode', library: 'length_prefixed', pure: ['record.c'] },
  { name: 'record-round-trip', library: 'length_prefixed', pure: ['record.c'] },
  { name: 'url', library: 'demoprot', pure: ['url.c'] },
  { name: 'formatter', library: 'length_prefixed' },
] as const

interface Program {
  readonly name: string
  readonly library: string
  /** Sources that need no server; without them the whole library is taken, over the stub. */
  readonly pure?: readonly string[]
}

/** Answers what went wrong, and nothing when all is well. */
const run = async (
  { library, pure, name }: Program,
  sources: readonly string[],
  words: readonly string[],
) => {
  const pureSources = (pure ?? []).map((source) => join('seed/protocols', library, source))
  const program = await build({
    sources: [...sources, ...pureSources],
    library,
    withServer: pure === undefined,
    output: join(scratch, name),
  })
  const { exitCode, stderr } = await execa(program, words, { cwd: scratch, reject: false, timeout: 30_000 })
  return exitCode === 0 ? '' : `exit code ${exitCode}: ${stderr}`
}

describe('the C sources of seed/protocols', { timeout: 60_000 }, () => {
  it.for(cases)('$title', async (of, { skip }) => {
    const reason = 'pure' in of ? noCompiler : noHeaders
    if (reason !== undefined) skip(reason)
    expect(await run(of, [`test/protocols/${of.name}.c`], 'words' in of ? of.words : [])).toBe('')
  })

  it.for(harnesses)('the kept inputs of the fuzz test $name hold', async (of, { skip }) => {
    const reason = 'pure' in of ? noCompiler : noHeaders
    if (reason !== undefined) skip(reason)
    const files = inputs(of.name)
    expect(files).not.toEqual([])
    expect(await run(of, [`test/fuzz/${of.name}.c`, 'test/fuzz/replay.c', '-Itest/fuzz'], files)).toBe('')
  })
})
