/**
 * What this program remembers on the volume, in `<data>/.gp-supervisor/`: whether a first start was finished,
 * and how the last run ended. An interrupted first start is healed here: its half-made directories are moved
 * aside, never deleted, and the first start begins again (docs/base-image.md, trap 7).
 */
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { replaceFile } from '../atomic-file.ts'
import type { Config } from '../config/config.ts'
import { SupervisorError, exitCodes, isAbsent, reasonOf, unlessAbsent } from '../errors.ts'
import { readIfFile, readRegular } from '../regular-file.ts'

/**
 * `initializing`: written before the first start; no server for users has run. `serving`: the final server is
 * about to open or open, so there may be data. `initialized`: the first start was finished, init scripts included;
 * `scripts-unfinished`: but for those, because it was cut off before their end.
 */
export type Marker = 'none' | 'initializing' | 'serving' | 'scripts-unfinished' | 'initialized'

export const stateDirectory = (dataDirectory: string): string => join(dataDirectory, '.gp-supervisor')

const markerSchema = z.object({
  version: z.literal(1),
  state: z.enum(['initializing', 'serving', 'scripts-unfinished', 'initialized']),
  since: z.string(),
})

const markerPath = (dataDirectory: string) => join(stateDirectory(dataDirectory), 'volume.json')

/** A marker that cannot be understood counts as none: it is no licence to move anything. */
export async function readMarker(dataDirectory: string): Promise<Marker> {
  const path = markerPath(dataDirectory)
  let text: string
  try {
    text = await readRegular(path)
  } catch (error) {
    if (isAbsent(error)) return 'none'
    throw new SupervisorError(`cannot read ${path}: ${reasonOf(error)}`, {
      code: 'volume',
      exitCode: exitCodes.configuration,
    })
  }
  return markerSchema.safeParse(parseJson(text)).data?.state ?? 'none'
}

export async function writeMarker(
  dataDirectory: string,
  state: Exclude<Marker, 'none'>,
  now: string,
): Promise<void> {
  await writeState(dataDirectory, 'volume.json', { version: 1, state, since: now })
}

/** Writes one small file of ours, with mode 0600. */
export async function writeState(dataDirectory: string, name: string, content: object): Promise<void> {
  const directory = stateDirectory(dataDirectory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await replaceFile(join(directory, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
}

/**
 * What a first start makes: the coordinator's folder, the files of gpinitsystem, and those of the segments. A numbered
 * folder counts only if it holds nothing but segments: anything else in it is the user's.
 */
async function isMadeByFirstStart({ dataDirectory, profile }: Place, name: string): Promise<boolean> {
  const { coordinatorFolder, firstStartFiles, segmentFolder, segmentRoles } = profile.layout
  if (name === coordinatorFolder || firstStartFiles.test(name)) return true
  if (!segmentFolder.test(name)) return false
  const inside = await unlessAbsent(readdir(join(dataDirectory, name)))
  return inside?.every((entry) => segmentRoles.includes(entry)) === true
}

type Place = Pick<Config['greenplum'], 'dataDirectory' | 'profile'>

/** @returns where the half-made cluster lies now, and what was moved; a start cut off early has made nothing */
export async function moveAside(
  place: Place,
  now: string,
): Promise<{ readonly to: string; readonly moved: readonly string[] }> {
  const { dataDirectory } = place
  const to = join(stateDirectory(dataDirectory), `interrupted-${now.replaceAll(/[-:]|\.\d+/g, '')}`)
  const moved: string[] = []
  for (const name of await readdir(dataDirectory)) {
    if (await isMadeByFirstStart(place, name)) moved.push(name)
  }
  if (moved.length > 0) await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of moved) {
    await rename(join(dataDirectory, name), join(to, name)).catch((error: unknown) => {
      throw new SupervisorError(
        `cannot move ${join(dataDirectory, name)} of the interrupted first start aside: ${reasonOf(error)}; ` +
          `nobody has data there: move or delete it yourself, and start again`,
        { code: 'volume', exitCode: exitCodes.configuration, cause: error },
      )
    })
  }
  return { to, moved }
}

/** Where interrupted first starts were moved to, the oldest first. @throws where nobody can tell */
export async function interruptedStarts(dataDirectory: string): Promise<string[]> {
  const directory = stateDirectory(dataDirectory)
  const names = (await unlessAbsent(readdir(directory))) ?? []
  return names
    .filter((name) => name.startsWith('interrupted-'))
    .toSorted()
    .map((name) => join(directory, name))
}

export interface LastStop {
  readonly at: string
  readonly reason: string
  readonly exitCode: number
  readonly proven: boolean
  readonly seconds: number
  readonly phase: string
  readonly directories: readonly { readonly path: string; readonly state: string }[]
}

const lastStopName = 'last-stop.json'
const runName = 'run.json'

/**
 * How the previous run ended. `none`: there was none. `unclean`: it began and never wrote its end, so it was
 * killed: in the middle of its stop (a grace period that is too short), or out of the blue (memory, power). `unknown`:
 * what it left behind cannot be read.
 */
export type PreviousStop =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'unclean'
      readonly startedAt: string
      readonly stopBeganAt?: string
      /** From the beginning of the stop to the last sign of life. */
      readonly stoppedForSeconds?: number
      /** How long the last stop took that was proven clean. */
      readonly cleanStopSeconds?: number
    }
  | { readonly kind: 'stopped'; readonly stop: LastStop }
  | { readonly kind: 'unknown'; readonly reason: string }

interface RunNote {
  readonly startedAt: string
  readonly stopBeganAt?: string
  readonly cleanStopSeconds?: number
}

/** How the last run ended, as long as no run is going on. Writes nothing, and never throws. */
export async function readPreviousStop(dataDirectory: string): Promise<PreviousStop> {
  try {
    return await lookAtPreviousStop(dataDirectory)
  } catch (error) {
    return { kind: 'unknown', reason: reasonOf(error) }
  }
}

async function lookAtPreviousStop(dataDirectory: string): Promise<PreviousStop> {
  const run = await readNote<RunNote>(dataDirectory, runName)
  const stop = await readNote<LastStop>(dataDirectory, lastStopName)
  if (stop !== undefined) return { kind: 'stopped', stop }
  if (run?.startedAt === undefined) return { kind: 'none' }
  const { mtimeMs } = await stat(join(stateDirectory(dataDirectory), runName))
  return killed(run, mtimeMs)
}

/** Reads how the last run ended and notes the beginning of this one. */
export async function beginRun(dataDirectory: string, now: string): Promise<PreviousStop> {
  const previous = await readPreviousStop(dataDirectory)
  // For one number in a sentence; what cannot be read was said above.
  const run = await readNote<RunNote>(dataDirectory, runName).catch(() => undefined)
  await rm(join(stateDirectory(dataDirectory), lastStopName), { force: true })
  const cleanStopSeconds =
    previous.kind === 'stopped' && previous.stop.proven ? previous.stop.seconds : run?.cleanStopSeconds
  await writeState(dataDirectory, runName, { startedAt: now, cleanStopSeconds })
  return previous
}

function killed(run: RunNote, lastSeenMs: number): PreviousStop {
  const { startedAt, stopBeganAt, cleanStopSeconds } = run
  const clean = cleanStopSeconds === undefined ? {} : { cleanStopSeconds }
  if (stopBeganAt === undefined) return { kind: 'unclean', startedAt, ...clean }
  const stoppedForSeconds = Math.max(0, Math.round((lastSeenMs - Date.parse(stopBeganAt)) / 1000))
  return { kind: 'unclean', startedAt, stopBeganAt, stoppedForSeconds, ...clean }
}

/** The last sign of life of a stop that is killed is at most this old. */
const signOfLifeMs = 500

/**
 * Notes that a stop has begun and, from then on, that it is still at work: the time stamp of the note.
 * @returns ends the signs of life
 */
export async function beginStop(dataDirectory: string, now: string): Promise<() => void> {
  const run = await readNote<RunNote>(dataDirectory, runName)
  await writeState(dataDirectory, runName, { ...run, stopBeganAt: now })
  const path = join(stateDirectory(dataDirectory), runName)
  const signs = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), signOfLifeMs)
  return () => clearInterval(signs)
}

export async function endRun(dataDirectory: string, stop: LastStop): Promise<void> {
  await writeState(dataDirectory, lastStopName, stop)
}

async function readNote<T>(dataDirectory: string, name: string): Promise<T | undefined> {
  const path = join(stateDirectory(dataDirectory), name)
  const note = parseJson((await readIfFile(path)) ?? '')
  return typeof note === 'object' && note !== null ? (note as T) : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
