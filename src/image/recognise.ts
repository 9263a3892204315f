/** Determines the family of an image: set by hand, or recognized by its files. Pure, except for `read`. */
import { isAbsent, reasonOf } from '../errors.ts'
import { families } from './families.ts'
import type { ImageProfile } from './profile.ts'

/** Sets the family by hand. */
export const familyVariable = 'BASE_IMAGE_FAMILY'

export interface Image {
  readonly profile: ImageProfile
  /** `seen`: recognized; `set`: set by hand; `nearest`: not recognized, so this is a guess. */
  readonly chosen: 'seen' | 'set' | 'nearest'
  /** The evidence for it. */
  readonly reason: string
}

/** @throws as Node does */
export type ReadStart = (path: string, mostBytes: number) => string

/** The text of a file of the image; or why it cannot be read, which is undefined if it does not exist. */
type Look = { readonly text: string } | { readonly failure: string | undefined }

/** @param chosen the value of the variable; the schema refuses unknown families */
export function recognise(chosen: string | undefined, read: ReadStart): Image {
  const set = families.find(({ family }) => family === chosen)
  if (set !== undefined) return { profile: set, chosen: 'set', reason: `${familyVariable}=${set.family}` }
  const seen = families.map((profile) => ({ profile, ...postgresOf(profile, read) }))
  const found = seen.find(({ profile, version }) => version === profile.postgres)
  if (found === undefined) return nearest(seen, read)
  return { profile: found.profile, chosen: 'seen', reason: found.text }
}

interface Seen {
  readonly profile: ImageProfile
  readonly version: string | undefined
  readonly text: string
}

/** `initdb` checks the first line of this file, so every image has it, and every user can read it. */
const catalogFile = (profile: ImageProfile) => `${profile.gphome}/share/postgresql/postgres.bki`
const firstLineBytes = 64

function postgresOf(profile: ImageProfile, read: ReadStart): Omit<Seen, 'profile'> {
  const seen = lookAt(catalogFile(profile), read, firstLineBytes)
  if ('failure' in seen) {
    const text = seen.failure ?? `there is no Greenplum in ${profile.gphome}`
    return { version: undefined, text }
  }
  const version = /^# PostgreSQL (\d+(?:\.\d+)?)\s*$/m.exec(seen.text)?.[1]
  return { version, text: `${profile.gphome} has PostgreSQL ${version ?? 'of an unknown version'}` }
}

/** The newest family that is not newer than the image; otherwise the one whose start script exists. */
function nearest(seen: readonly Seen[], read: ReadStart): Image {
  const reason = [...new Set(seen.map(({ text }) => text))].join('; ')
  const older = seen
    .filter(({ profile, version }) => version !== undefined && Number(profile.postgres) <= Number(version))
    .toSorted((a, b) => Number(b.profile.postgres) - Number(a.profile.postgres))
  const withScript = seen.find(({ profile }) => 'text' in lookAt(profile.startScript, read, firstLineBytes))
  return { profile: (older[0] ?? withScript)?.profile ?? families[0], chosen: 'nearest', reason }
}

function lookAt(path: string, read: ReadStart, mostBytes: number): Look {
  try {
    return { text: read(path, mostBytes) }
  } catch (error) {
    return { failure: isAbsent(error) ? undefined : `cannot read ${path}: ${reasonOf(error)}` }
  }
}

/** The line is near the start of the script. */
const scriptBytes = 4096

/** The directory that the start script names, the only one that it uses. */
export function initScriptsOf(profile: ImageProfile, startScript: string, read: ReadStart): string {
  const script = lookAt(startScript, read, scriptBytes)
  const named = 'text' in script ? profile.initScriptsLine.exec(script.text)?.[1] : undefined
  return named ?? profile.initScripts
}
