/**
 * What is reported to the outside: one snapshot of the run, and the responses derived from it. Probes read only this;
 * none of them starts a process or opens a session. Pure.
 */
import type { Finding } from '../findings/finding.ts'
import type { StartKind } from '../greenplum/start-kind.ts'
import type { Warning } from '../logging/warnings.ts'
import type { Drift } from '../seeding/reconcile.ts'
import { isReady, statusOf, type Components, type ComponentStatus, type PhaseName } from './components.ts'
import type { PreviousStop } from '../volume/state.ts'

export interface TimelineEntry {
  readonly at: string
  /** Milliseconds since the start of the program. */
  readonly ms: number
  readonly event: string
}

/** A server of this host. */
export interface ServerStatus {
  /** -1 is the coordinator. */
  readonly content: number
  /** `coordinator`, `standby`, `primary` or `mirror`. */
  readonly role: string
  /** 0 if unknown. */
  readonly port: number
  /** Its process runs, which does not say that it answers. */
  readonly up: boolean
}

/** What the run has learnt about its environment. */
export interface Facts {
  /** The family of the base image, and how it was chosen. */
  readonly image?: { readonly family: string; readonly chosen: string; readonly reason: string }
  readonly versions: Readonly<Record<string, string>>
  /** Missing until it is known. */
  readonly start?: StartKind
  readonly previousStop: PreviousStop
  /** Files in PXF_BASE that differ from the image, and what to do about each. */
  readonly seedDrift: readonly Drift[]
  /** Empty until the directories of servers exist. */
  readonly servers: readonly ServerStatus[]
  /** Faults found at the start and since. */
  readonly findings?: readonly Finding[]
}

export interface Snapshot extends Facts {
  readonly phase: PhaseName
  readonly startedAt: string
  /** `ready` has been reached in this run. */
  readonly wasReady: boolean
  readonly components: Components
  readonly timeline: readonly TimelineEntry[]
  /** Counters since the start. */
  readonly counters: Readonly<Record<string, number>>
  readonly stopReason?: string
  /** The latest records of the log with level warn and worse, oldest first. */
  readonly warnings?: readonly Warning[]
}

/** Why a component is not ready: since when, what it is waiting for, and what to do. */
export interface Reason {
  /** A part, or `supervisor`. */
  readonly component: string
  readonly state: string
  readonly since: string
  readonly reason: string
  /** It will not be retried in this run. */
  readonly final?: true
  /** What is wrong, for programs; `reason` has the same in one sentence. */
  readonly finding?: Finding
}

/** The response body of every probe. */
export interface ProbeBody {
  readonly ok: boolean
  readonly phase: PhaseName
  readonly reasons: readonly Reason[]
  /** What is ready, and yet has a finding. */
  readonly warnings?: readonly Reason[]
}

/** @param only a single component; without it, all of them */
export function readiness(snapshot: Snapshot, only?: string): ProbeBody {
  const names = only === undefined ? Object.keys(snapshot.components) : [only]
  const stopping = isEnding(snapshot.phase)
    ? [phaseReason(snapshot, snapshot.stopReason ?? 'the container is stopping')]
    : []
  const statuses = names.map((component) => ({ component, ...statusOf(snapshot.components, component) }))
  const reasons = [...stopping, ...statuses.filter((status) => !isReady(status)).map(asReason)]
  const warnings = statuses
    .filter((status) => isReady(status) && status.finding !== undefined)
    .map((status) => asReason(status))
  // All parts may be ready just before the phase changes.
  const ok = reasons.length === 0 && (only !== undefined || snapshot.phase === 'ready')
  return { ok, phase: snapshot.phase, reasons, ...(warnings.length === 0 ? {} : { warnings }) }
}

const asReason = ({
  component,
  state,
  since,
  reason,
  final,
  finding,
}: ComponentStatus & { readonly component: string }): Reason => ({
  component,
  state,
  since,
  reason,
  ...(final === undefined ? {} : { final }),
  ...(finding === undefined ? {} : { finding }),
})

/** The body of `/status`, and of every event of `/events`. */
export function statusBody(snapshot: Snapshot): object {
  const { ok, reasons } = readiness(snapshot)
  return { ok, ...snapshot, reasons }
}

export function startup(snapshot: Snapshot): ProbeBody {
  return snapshot.wasReady
    ? { ok: true, phase: snapshot.phase, reasons: [] }
    : { ...readiness(snapshot), ok: false }
}

/** @param lastMoveMs time since the supervisor's checks last made progress */
export function liveness(snapshot: Snapshot, lastMoveMs: number, mostMs: number): ProbeBody {
  const ok = lastMoveMs <= mostMs
  const reason = `the supervisor's own checks have made no progress for ${Math.round(lastMoveMs / 1000)} s`
  return { ok, phase: snapshot.phase, reasons: ok ? [] : [phaseReason(snapshot, reason)] }
}

function phaseReason(snapshot: Snapshot, reason: string): Reason {
  const since = snapshot.timeline.at(-1)?.at ?? snapshot.startedAt
  return { component: 'supervisor', state: snapshot.phase, since, reason }
}

const isEnding = (phase: PhaseName): boolean => phase === 'stopping' || phase === 'stopped'

/** `make up` stops waiting when it sees these words after the state. */
export const forGood = ({ final }: { readonly final?: true | undefined }): string =>
  final === true ? ' for good' : ''

/** The same body in human-readable form: the verdict, then one line per reason. */
export function asText(body: ProbeBody): string {
  const head = body.ok ? `ok (${body.phase})` : `not ready (${body.phase})`
  const line = ({ component, state, since, reason, final }: Reason) =>
    `${component}: ${state}${forGood({ final })} since ${since}: ${reason}`
  const warnings = (body.warnings ?? []).map((warning) => `warning: ${line(warning)}`)
  return `${[head, ...body.reasons.map(line), ...warnings].join('\n')}\n`
}
