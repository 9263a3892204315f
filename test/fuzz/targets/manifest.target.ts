/** Manifests: any bytes as the one of a library of custom protocols, and as the one of what was seeded. */
import assert from 'node:assert/strict'
import { parseManifest as parseLibrary } from '../../../src/protocols/manifest.ts'
import { formatManifest, parseManifest as parseSeeded } from '../../../src/seeding/manifest.ts'
import { assertLinear } from './linear.ts'

const place = { name: 'demo', file: '/seed/demo/manifest.json', defaultDatabase: 'gp_dwh' }

export function fuzz(data: Uint8Array): void {
  for (const text of [Buffer.from(data).toString(), JSON.stringify(valueOf([...data]))]) {
    checkLibrary(text)
    const seeded = parseSeeded(text)
    if (seeded !== undefined)
      assert.deepEqual(parseSeeded(formatManifest(seeded)), seeded, 'what is written is what was read')
  }
  assertLinear(data, (long) => void parseLibrary(long.toString(), place))
}

const keys =
  'protocol name read write validate trusted formatters symbol direction library databases grants privilege roles ' +
  'version files sha256 seededAt __proto__ x'
const keyNames = keys.split(' ')
const words = 'import export all select a pxf ä $libdir/../x 2026-11-21T07:10:11.000Z'.split(' ')
const values = [
  ...words,
  '',
  '\0',
  'a b',
  'x'.repeat(64),
  '0'.repeat(64),
  true,
  false,
  null,
  0,
  -1,
  1e21,
  [],
  {},
]

/** JSON in the shape of a manifest, or nearly so: each byte is a choice. */
function valueOf(choices: number[], depth = 0): unknown {
  const choice = choices.shift() ?? 0
  if (depth > 5 || choice % 4 === 0) return values[(choice >> 2) % values.length]
  const size = (choice >> 2) % 8
  if (choice % 4 === 1) return Array.from({ length: size }, () => valueOf(choices, depth + 1))
  const entry = () =>
    [keyNames[(choices.shift() ?? 0) % keyNames.length], valueOf(choices, depth + 1)] as const
  return Object.fromEntries(Array.from({ length: size }, entry))
}

function checkLibrary(text: string): void {
  const library = parseLibrary(text, place)
  if ('faults' in library) {
    assert.ok(library.faults.length > 0, 'a refusal says why')
    for (const fault of library.faults) assert.ok(fault.startsWith(`${place.file}: `), fault)
    return
  }
  assert.match(library.library, /^\$libdir\/[\w.-]+$/)
  assert.ok(library.protocol !== undefined || library.formatters.length > 0)
  assert.ok(library.databases.length > 0 && library.databases.every((one) => one !== ''))
  const functions = [library.protocol?.read, library.protocol?.write, library.protocol?.validate]
  const symbols = library.formatters.flatMap(({ name, symbol }) => [name, symbol])
  for (const name of [...functions, ...symbols])
    assert.ok(name === undefined || /^[A-Za-z_]\w{0,62}$/.test(name), `${name} is no name of C`)
}
