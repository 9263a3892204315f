/** Finds what was registered from an earlier image and is not in this one. It is reported, never dropped. Pure. */
import { finding, type Finding } from '../findings/finding.ts'
import { wholeFolder, type Libraries } from './manifest.ts'
import type { Made } from './observe.ts'
import { wantedFunctions } from './wanted.ts'

export function leftoversOf(made: readonly Made[], database: string, libraries: Libraries): Finding[] {
  const here = libraries.sound.filter(({ databases }) => databases.includes(database))
  const functions = new Set(here.flatMap((library) => wantedFunctions(library).map(({ name }) => name)))
  const protocols = new Set(here.map(({ protocol }) => protocol?.name))
  // The wants of an unreadable manifest are unknown, so its objects are not reported.
  const unread = (file: string) =>
    libraries.faulty.some(({ name }) => name === wholeFolder || file.endsWith(`/${name}/manifest.json`))
  const known = made.filter(({ file }) => !unread(file))
  const oldProtocols = new Set(known.flatMap((one) => one.protocols.filter((name) => !protocols.has(name))))
  const oldFunctions = known.filter(({ name }) => !functions.has(name))
  return [
    ...[...oldProtocols].map((name) =>
      finding('protocols.leftover-protocol', {
        text: `protocol ${name} in database ${database} was registered from an earlier image and is not in this one`,
        fix: `when no external table uses it: DROP PROTOCOL ${name};`,
        where: `protocol ${name} in ${database}`,
      }),
    ),
    ...oldFunctions.map(({ signature, file }) =>
      finding('protocols.leftover-function', {
        text: `function ${signature} in database ${database} was created from ${file} of an earlier image and is not in this one`,
        fix: `when nothing uses it: DROP FUNCTION ${signature};`,
        where: `function ${signature} in ${database}`,
      }),
    ),
  ]
}
