/** What was registered from an image at some time and is in it no longer: told, never dropped. Pure. */
import { wholeFolder, type Libraries } from './manifest.ts'
import type { Made } from './observe.ts'
import { wantedFunctions } from './plan.ts'

export interface Leftover {
  /** The thing and its place, so that each is told once. */
  readonly id: string
  readonly text: string
  readonly mend: string
}

export function leftoversOf(made: readonly Made[], database: string, libraries: Libraries): Leftover[] {
  const here = libraries.sound.filter(({ databases }) => databases.includes(database))
  const functions = new Set(here.flatMap((library) => wantedFunctions(library).map(({ name }) => name)))
  const protocols = new Set(here.map(({ protocol }) => protocol?.name))
  // Of a manifest that cannot be read nobody knows what it wants.
  const unread = (file: string) =>
    libraries.faulty.some(({ name }) => name === wholeFolder || file.endsWith(`/${name}/manifest.json`))
  const known = made.filter(({ file }) => !unread(file))
  const oldProtocols = new Set(known.flatMap((one) => one.protocols.filter((name) => !protocols.has(name))))
  const oldFunctions = known.filter(({ name }) => !functions.has(name))
  return [
    ...[...oldProtocols].map((name) => ({
      id: `leftover protocol ${name} in ${database}`,
      text: `protocol ${name} in database ${database} was registered once and is not in the image (any more)`,
      mend: `once no external table uses it: DROP PROTOCOL ${name};`,
    })),
    ...oldFunctions.map(({ signature, file }) => ({
      id: `leftover function ${signature} in ${database}`,
      text: `function ${signature} in database ${database} was made from ${file} and is not in the image (any more)`,
      mend: `once nothing uses it: DROP FUNCTION ${signature};`,
    })),
  ]
}
