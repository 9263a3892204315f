/**
 * The state that this program keeps on the volume, in `<data>/.gp-supervisor/`: whether a first start has finished, and
 * how the last run ended. The directories of an interrupted first start are moved aside, never deleted, and the first
 * start starts over (docs/base-image.md, trap 7).
 */
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { replaceFile } from '../atomic-file.ts'
import type { Config } from '../config/config.ts'
import { SupervisorError, exitCodes, isAbsent, reasonOf, unlessAbsent } from '../errors.ts'
import { readIfFile, readRegular } from '../regular-file.ts'

/**
 * `initializing`: written before the first start; no client could connect yet. `serving`: the final server is opening
 * or open, so there may be data. `initialized`: the first start has finished, including init scripts.
 * `scripts-unfinished`: it has finished except for those, because it was interrupted.
 */
export type Marker = 'none' | 'initializing' | 'serving' | 'scripts-unfinished' | 'initialized'

export const stateDirectory = (dataDirectory: string): string => join(dataDirectory, '.gp-supervisor')

/** Where a prepared cluster is unpacked. There is never data in it. */
export const stagingDirectory = (dataDirectory: string): string =>
  join(stateDirectory(dataDirectory), 'adopting')

const markerSchema = z.object({
  version: z.literal(1),
  state: z.enum(['initializing', 'serving', 'scripts-unfinished', 'initialized']),
  since: z.string(),
})

const markerPath = (dataDirectory: string) => join(stateDirectory(dataDirectory), 'volume.json')

/** An invalid marker counts as none, so that it never allows anything to be moved. */
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

/** Writes one small file of this program, with mode 0600. */
export async function writeState(dataDirectory: string, name: string, content: object): Promise<void> {
  const directory = stateDirectory(dataDirectory)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await replaceFile(join(directory, name), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
}

/**
 * Whether a first start creates this: the coordinator's directory, the files of gpinitsystem, and the segments'
 * directories. A numbered directory counts only if it contains nothing but segments; other contents belong to the user.
 */
async function isMadeByFirstStart({ dataDirectory, profile }: Place, name: string): Promise<boolean> {
  const { coordinatorFolder, firstStartFiles, segmentFolder, segmentRoles } = profile.layout
  if (name === coordinatorFolder || firstStartFiles.test(name)) return true
  if (!segmentFolder.test(name)) return false
  const inside = await unlessAbsent(readdir(join(dataDirectory, name)))
  return inside?.every((entry) => segmentRoles.includes(entry)) === true
}

type Place = Pick<Config['greenplum'], 'dataDirectory' | 'profile'>

/** A time of ISO 8601 as part of a file name: `20261121T071600Z`. */
export const stampOf = (iso: string): string => iso.replaceAll(/[-:]|\.\d+/g, '')

/**
 * @returns the new location of the incomplete cluster, and what was moved: nothing if the start was interrupted early
 */
export async function moveAside(
  place: Place,
  now: string,
): Promise<{ readonly to: string; readonly moved: readonly string[] }> {
  const { dataDirectory } = place
  const to = join(stateDirectory(dataDirectory), `interrupted-${stampOf(now)}`)
  const moved: string[] = []
  for (const name of await readdir(dataDirectory)) {
    if (await isMadeByFirstStart(place, name)) moved.push(name)
  }
  if (moved.length > 0) await mkdir(to, { recursive: true, mode: 0o700 })
  for (const name of moved) {
    await rename(join(dataDirectory, name), join(to, name)).catch((error: unknown) => {
      throw new SupervisorError(
        `cannot move aside ${join(dataDirectory, name)} of the interrupted first start: ${reasonOf(error)}; ` +
          `it contains no data: move or delete it, then start the container again`,
        { code: 'volume', exitCode: exitCodes.configuration, cause: error },
      )
    })
  }
  return { to, moved }
}

/** The directories to which interrupted first starts were moved, the oldest first. @throws if they cannot be read */
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
  /** It was stopped in a first start, which the next one begins again: there was nothing to shut down cleanly. */
  readonly firstStartUnfinished?: boolean | undefined
  readonly seconds: number
  readonly phase: string
  readonly directories: readonly { readonly path: string; readonly state: string }[]
}

/** Loose: the record of a stop has more (supervisor/end.ts). */
const lastStopSchema = z.looseObject({
  at: z.string(),
  reason: z.string(),
  exitCode: z.int(),
  proven: z.boolean(),
  firstStartUnfinished: z.boolean().optional(),
  seconds: z.number().nonnegative(),
  phase: z.string(),
  directories: z.array(z.object({ path: z.string(), state: z.string() })),
})

const lastStopName = 'last-stop.json'
const runName = 'run.json'

/**
 * How the previous run ended. `none`: there was none. `unclean`: it never recorded its end, so it was killed, either
 * during its stop (too short a grace period) or while running (memory, power). `unknown`: its record cannot be read.
 */
export type PreviousStop =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'unclean'
      readonly startedAt: string
      readonly stopBeganAt?: string
      /** From the start of the stop to the last sign of life. */
      readonly stoppedForSeconds?: number
      /** The duration of the last stop that was verified as clean. */
      readonly cleanStopSeconds?: number
    }
  | {
      readonly kind: 'stopped'
      readonly stop: LastStop
      /** When that run began, if it is known. */
      readonly startedAt?: string
    }
  | { readonly kind: 'unknown'; readonly reason: string }

const runSchema = z.object({
  startedAt: z.iso.datetime(),
  stopBeganAt: z.iso.datetime().optional(),
  cleanStopSeconds: z.number().nonnegative().optional(),
})
type RunNote = Readonly<z.infer<typeof runSchema>>

/** How the last run ended, if no run is in progress. Writes nothing and never throws. */
export async function readPreviousStop(dataDirectory: string): Promise<PreviousStop> {
  try {
    return await lookAtPreviousStop(dataDirectory)
  } catch (error) {
    return { kind: 'unknown', reason: reasonOf(error) }
  }
}

async function lookAtPreviousStop(dataDirectory: string): Promise<PreviousStop> {
  const run = await readNote(dataDirectory, runName, runSchema)
  const stop = await readNote(dataDirectory, lastStopName, lastStopSchema)
  if (stop !== undefined)
    return { kind: 'stopped', stop, ...(run === undefined ? {} : { startedAt: run.startedAt }) }
  if (run === undefined) return { kind: 'none' }
  const { mtimeMs } = await stat(join(stateDirectory(dataDirectory), runName))
  return killed(run, mtimeMs)
}

/**
 * Reads how the last run ended, and records the start of this one.
 * @param startedAt when this run began, ISO 8601
 */
export async function beginRun(dataDirectory: string, startedAt: string): Promise<PreviousStop> {
  const previous = await readPreviousStop(dataDirectory)
  // Needed only for one number in a message; a read failure was reported above.
  const run = await readNote(dataDirectory, runName, runSchema).catch(() => undefined)
  await rm(join(stateDirectory(dataDirectory), lastStopName), { force: true })
  const cleanStopSeconds =
    previous.kind === 'stopped' && previous.stop.proven ? previous.stop.seconds : run?.cleanStopSeconds
  await writeState(dataDirectory, runName, { startedAt, cleanStopSeconds })
  return previous
}

function killed(run: RunNote, lastSeenMs: number): PreviousStop {
  const { startedAt, stopBeganAt, cleanStopSeconds } = run
  const clean = cleanStopSeconds === undefined ? {} : { cleanStopSeconds }
  if (stopBeganAt === undefined) return { kind: 'unclean', startedAt, ...clean }
  const stoppedForSeconds = Math.max(0, Math.round((lastSeenMs - Date.parse(stopBeganAt)) / 1000))
  return { kind: 'unclean', startedAt, stopBeganAt, stoppedForSeconds, ...clean }
}

/** The interval of the signs of life during a stop. */
const signOfLifeMs = 500

/**
 * Records that a stop has started and, by updating the timestamp of the record, that it is still in progress.
 * @returns a function that ends the signs of life
 */
export async function beginStop(dataDirectory: string, now: string): Promise<() => void> {
  const run = await readNote(dataDirectory, runName, runSchema)
  await writeState(dataDirectory, runName, { ...run, stopBeganAt: now })
  const path = join(stateDirectory(dataDirectory), runName)
  const signs = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), signOfLifeMs)
  return () => clearInterval(signs)
}

export async function endRun(dataDirectory: string, stop: LastStop): Promise<void> {
  await writeState(dataDirectory, lastStopName, stop)
}

/** A file with something else counts as none. @throws if it cannot be read */
export async function readNote<T>(
  dataDirectory: string,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const path = join(stateDirectory(dataDirectory), name)
  return schema.safeParse(parseJson((await readIfFile(path)) ?? '')).data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
