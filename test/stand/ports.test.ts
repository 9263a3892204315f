/** What the compose files publish. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const files = readdirSync(root).filter((name) => /^(docker-)?compose.*\.yml$/.test(name))

/** The entries of every list of ports, without their quotes. */
const portsIn = (text: string): string[] =>
  [...text.matchAll(/^ +ports:\n((?: +(?:#|- ).*\n)+)/gm)].flatMap(([, list = '']) =>
    [...list.matchAll(/^ +- '?([^'\n]+)/gm)].map(([, entry = '']) => entry),
  )

it('is on loopback unless GP_BIND says otherwise, in every profile', () => {
  const all = files.flatMap((name) => portsIn(readFileSync(join(root, name), 'utf8')))
  expect(all.length).toBeGreaterThanOrEqual(6)
  expect(all.filter((entry) => !entry.startsWith('${GP_BIND:-127.0.0.1}:'))).toEqual([])
})

it('is seen where it is on every address (control)', () => {
  expect(portsIn("    ports:\n      - '8008:8008'\n")).toEqual(['8008:8008'])
})
