/** The state of each component. The run is ready when all of them are. Pure: a change returns a new table. */
import type { Finding } from '../findings/finding.ts'

/** The phases of a run; see the diagram in supervisor/transition.ts. */
export const phaseNames = [
  'preparing',
  'starting',
  'configuring',
  'ready',
  'degraded',
  'stopping',
  'stopped',
] as const
export type PhaseName = (typeof phaseNames)[number]

/** `pending`: something is not ready yet. `failed`: something has failed, and the rest keeps running. */
export type Verdict = 'ready' | 'pending' | 'failed'

export type ComponentState = 'pending' | 'starting' | 'ready' | 'failed' | 'disabled'

export interface ComponentStatus {
  readonly state: ComponentState
  /** When this state began, ISO 8601. */
  readonly since: string
  /** What it is waiting for, or what went wrong and how to fix it; empty when ready. */
  readonly reason: string
  /** Number of attempts, for components that are retried. */
  readonly attempts: number
  /** Failed, and will not be retried in this run; it needs manual action. */
  readonly final?: true
  /** What is wrong, if known; the reason has the same in one sentence. */
  readonly finding?: Finding
  /** The parts of this component, if it has any: one entry per custom protocol or SQL file. */
  readonly entries?: readonly ComponentEntry[]
}

export interface ComponentEntry {
  readonly name: string
  readonly state: ComponentState
  /** When this state was last observed or reached, ISO 8601. */
  readonly at: string
  /** As for a component. */
  readonly reason: string
}

/** By the name of the part (parts/all.ts), in the order of the list. */
export type Components = Readonly<Record<string, ComponentStatus>>

export interface ComponentChange {
  readonly state: ComponentState
  readonly reason?: string
  readonly attempts?: number
  /** As in the status; the next change clears it. */
  readonly final?: true
  /** As in the status; the next change clears it. */
  readonly finding?: Finding
  readonly entries?: readonly ComponentEntry[]
}

export function changed(
  components: Components,
  name: string,
  change: ComponentChange,
  now: string,
): Components {
  const before = statusOf(components, name)
  const entries = change.entries ?? before.entries
  const next: ComponentStatus = {
    state: change.state,
    since: before.state === change.state ? before.since : now,
    reason: change.reason ?? '',
    attempts: change.attempts ?? before.attempts,
    ...(change.final === undefined ? {} : { final: change.final }),
    ...(change.finding === undefined ? {} : { finding: change.finding }),
    ...(entries === undefined ? {} : { entries }),
  }
  return { ...components, [name]: next }
}

/** @throws for an unknown name, which is a programming error */
export function statusOf(components: Components, name: string): ComponentStatus {
  const status = components[name]
  if (status === undefined) throw new Error(`there is no component ${name}`)
  return status
}

export const isReady = (status: ComponentStatus): boolean =>
  status.state === 'ready' || status.state === 'disabled'

/** The state of a component with entries: that of the worst of them. */
export function worstState(parts: readonly Pick<ComponentEntry, 'state'>[]): ComponentState {
  const worstFirst: readonly ComponentState[] = ['failed', 'starting', 'pending', 'ready', 'disabled']
  return worstFirst.find((state) => parts.some((part) => part.state === state)) ?? 'disabled'
}

export function assess(components: Components): Verdict {
  const all = Object.values(components)
  if (all.every(isReady)) return 'ready'
  return all.some((status) => status.state === 'failed') ? 'failed' : 'pending'
}
