/** What is remembered of a run, and how much of it. Pure. */
import * as z from 'zod'
import { startKinds, type StartKind } from '../greenplum/start-kind.ts'
import type { LastStop, PreviousStop } from '../volume/state.ts'

export const mostRuns = 50
/** A start has about twenty; one that retries for ever has more. */
const mostStages = 40
export const mostPhases = 20
/** In characters. A reason may quote the output of another program. */
const longestReason = 500

const text = z.string().max(1000)
const milliseconds = z.number().nonnegative()
/** Milliseconds since the start of the program. */
const event = z.looseObject({ event: text, ms: milliseconds })

const endSchema = z.union([
  z.looseObject({
    how: z.literal('stopped'),
    at: text,
    /** The signal, or why it ended on its own. */
    reason: text,
    exitCode: z.number().int(),
    /** Whether every server was verified to be shut down. */
    proven: z.boolean(),
    /** How long the stop took. */
    seconds: z.number().nonnegative(),
    /** In which it was asked to stop. */
    phase: text,
  }),
  z.looseObject({
    how: z.literal('killed'),
    /** If it was killed in its stop: how long that had taken. */
    stoppedForSeconds: z.number().nonnegative().optional(),
  }),
])

/**
 * Loose, so that what a newer version adds survives an older one. A kind of start that it does not know is left out, and an
 * end that it does not know counts as one that was not seen.
 */
const runSchema = z.looseObject({
  /** ISO 8601. */
  startedAt: text,
  /** The family of the base image. */
  image: text.optional(),
  versions: z.record(text, text),
  /** Missing while it is not known, or if the run ended before. */
  start: z.enum(startKinds).optional().catch(undefined),
  /** Until it was ready for the first time; missing if it never was. */
  readyMs: milliseconds.optional(),
  /** The timeline until then. */
  stages: z.array(event).max(1000),
  /** `ready` and `degraded` in turn, after that. */
  phases: z.array(event).max(1000),
  /** Missing while it runs. */
  end: endSchema.optional().catch({ how: 'killed' }),
})

export type RunEnd = z.infer<typeof endSchema>
export type Run = z.infer<typeof runSchema>

/** In the order of time, the oldest first. */
export const historySchema = z.looseObject({ version: z.literal(1), runs: z.array(runSchema) })

/** What the supervisor knows of its own run (health/report.ts). */
export interface Present {
  readonly startedAt: string
  readonly image?: { readonly family: string }
  readonly versions: Readonly<Record<string, string>>
  readonly start?: StartKind
  readonly timeline: readonly { readonly event: string; readonly ms: number }[]
}

export function runOf({ startedAt, image, versions, start, timeline }: Present): Run {
  const events = timeline.map(({ event: name, ms }) => ({ event: name, ms }))
  const readyAt = events.findIndex((one) => one.event === 'ready')
  const ready = events[readyAt]
  const begun = ready === undefined ? events.length : readyAt + 1
  const phases = events.slice(begun).filter((one) => one.event === 'ready' || one.event === 'degraded')
  return {
    startedAt,
    ...(image === undefined ? {} : { image: image.family }),
    versions: { ...versions },
    ...(start === undefined ? {} : { start }),
    ...(ready === undefined ? {} : { readyMs: ready.ms }),
    stages: bounded(events.slice(0, begun), mostStages),
    phases: bounded(phases, mostPhases),
  }
}

/** The first ones and the last. */
function bounded<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all]
  return [...all.slice(0, most / 2), ...all.slice(-most / 2)]
}

export const withRun = (runs: readonly Run[], run: Run): readonly Run[] => [...runs, run].slice(-mostRuns)

export const endOf = ({ at, reason, exitCode, proven, seconds, phase }: LastStop): RunEnd => ({
  how: 'stopped',
  at,
  reason: reason.slice(0, longestReason),
  exitCode,
  proven,
  seconds,
  phase,
})

/**
 * The same runs with an end for those that did not record theirs: they were killed, unless the volume knows better of the
 * last one. Its record may be that of another run, of a version without a history; their starts tell.
 */
export function closed(runs: readonly Run[], previous: PreviousStop): readonly Run[] {
  return runs.map((run) => (run.end === undefined ? { ...run, end: knownEnd(run, previous) } : run))
}

function knownEnd({ startedAt }: Run, previous: PreviousStop): RunEnd {
  const killed: RunEnd = { how: 'killed' }
  if (!('startedAt' in previous) || previous.startedAt !== startedAt) return killed
  if (previous.kind === 'stopped') return endOf(previous.stop)
  const { stoppedForSeconds } = previous
  return stoppedForSeconds === undefined ? killed : { ...killed, stoppedForSeconds }
}
