/**
 * What is told to the outside: one snapshot of the run, and the answers cut from it. Pure. Probes read only
 * this; no probe starts a process or opens a session.
 */
import type { Finding } from '../findings/finding.ts'
import type { Drift } from '../seeding/reconcile.ts'
import { isReady, statusOf, type Components, type PhaseName } from './components.ts'

export interface TimelineEntry {
  readonly at: string
  /** Milliseconds since the start of the program. */
  readonly ms: number
  readonly event: string
}

/** What the run has learnt of its surroundings. */
export interface Facts {
  readonly versions: Readonly<Record<string, string>>
  readonly previousStop: object
  /** Files in PXF_BASE that differ from the image, and what to do about each. */
  readonly seedDrift: readonly Drift[]
  /** What is wrong here, as it was found at the start and since. */
  readonly findings?: readonly Finding[]
}

export interface Snapshot extends Facts {
  readonly phase: PhaseName
  readonly startedAt: string
  /** Ready was reached once in this run. */
  readonly wasReady: boolean
  readonly components: Components
  readonly timeline: readonly TimelineEntry[]
  /** Counters since the start. */
  readonly counters: Readonly<Record<string, number>>
  readonly stopReason?: string
}

/** One line of "why not": which component, since when, what is waited for and what to do. */
export interface Reason {
  /** A part, or `supervisor`. */
  readonly component: string
  readonly state: string
  readonly since: string
  readonly reason: string
  /** Nothing will try it again in this run. */
  readonly final?: true
}

/** The one shape of every probe's body. */
export interface ProbeBody {
  readonly ok: boolean
  readonly phase: PhaseName
  readonly reasons: readonly Reason[]
}

/** @param only one component, or all that are required */
export function readiness(snapshot: Snapshot, only?: string): ProbeBody {
  const names = only === undefined ? Object.keys(snapshot.components) : [only]
  const stopping = isEnding(snapshot.phase)
    ? [phaseReason(snapshot, snapshot.stopReason ?? 'the container stops')]
    : []
  const notReady = names
    .map((component) => ({ component, ...statusOf(snapshot.components, component) }))
    .filter((status) => !isReady(status))
    .map(({ component, state, since, reason, final }) => ({
      component,
      state,
      since,
      reason,
      ...(final === undefined ? {} : { final }),
    }))
  const reasons = [...stopping, ...notReady]
  // All parts ready and yet not announced: the moment between the last check and the phase.
  const ok = reasons.length === 0 && (only !== undefined || snapshot.phase === 'ready')
  return { ok, phase: snapshot.phase, reasons }
}

export function startup(snapshot: Snapshot): ProbeBody {
  return snapshot.wasReady
    ? { ok: true, phase: snapshot.phase, reasons: [] }
    : { ...readiness(snapshot), ok: false }
}

/** @param lastMoveMs since the supervisor's loop last moved */
export function liveness(snapshot: Snapshot, lastMoveMs: number, mostMs: number): ProbeBody {
  const ok = lastMoveMs <= mostMs
  const reason = `the supervisor's own checks have not moved for ${Math.round(lastMoveMs / 1000)} s`
  return { ok, phase: snapshot.phase, reasons: ok ? [] : [phaseReason(snapshot, reason)] }
}

function phaseReason(snapshot: Snapshot, reason: string): Reason {
  const since = snapshot.timeline.at(-1)?.at ?? snapshot.startedAt
  return { component: 'supervisor', state: snapshot.phase, since, reason }
}

const isEnding = (phase: PhaseName): boolean => phase === 'stopping' || phase === 'stopped'

/** `make up` looks for these words behind the state, and waits no longer. */
export const forGood = ({ final }: { readonly final?: true | undefined }): string =>
  final === true ? ' for good' : ''

/** The same body for eyes: the verdict, then a line for each reason. */
export function asText(body: ProbeBody): string {
  const head = body.ok ? `ok (${body.phase})` : `not ready (${body.phase})`
  const lines = body.reasons.map(
    ({ component, state, since, reason, final }) =>
      `${component}: ${state}${forGood({ final })} since ${since}: ${reason}`,
  )
  return `${[head, ...lines].join('\n')}\n`
}
