/** The workflows call what exists, and only actions of a known commit, in images of a known digest. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.github/workflows')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const found = (text: string, sign: RegExp): string[] =>
  [...text.matchAll(sign)].map(([, first = '']) => first)

const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)
const buildArguments = found(read('Dockerfile.greenplum'), /^ARG ([A-Z_]+)/gm)

describe.each(readdirSync(folder))('%s', (name) => {
  const text = read(`.github/workflows/${name}`)

  it('pins its actions to commits, and names their versions', () => {
    const actions = found(text, /^\s*(?:- )?uses: (.*)$/gm)
    expect(actions).not.toEqual([])
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('pins the images that its jobs run in to digests', () => {
    for (const image of found(text, /^ *(?:container|image): *(\S+)$/gm))
      expect(image).toMatch(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/)
  })

  it('calls scripts and gives build arguments that exist', () => {
    for (const script of found(text, /\bnpm run ([\w:-]+)/g)) expect(scripts).toContain(script)
    for (const file of found(text, /(\.ci\/[\w-]+)/g)) expect(join(root, file)).toSatisfy(existsSync)
    for (const argument of found(text, /--build-arg "?([A-Z_]+)=/g))
      expect(buildArguments).toContain(argument)
  })
})

describe('the notes of a release', () => {
  const notes = (version: string) => promisify(execFile)(join(root, '.ci/release-notes'), [version])

  it('are what the changelog says of the version', async () => {
    const { stdout } = await notes('Unreleased')
    expect(read('CHANGELOG.md')).toContain(stdout.trim())
    expect(stdout).not.toMatch(/^## /m)
  })

  it('are missed before anything is built', async () => {
    await expect(notes('99.0.0')).rejects.toThrow(
      'CHANGELOG.md has no section "## 99.0.0", or nothing below it',
    )
  })
})
