/** What is known of each part whose readiness makes the whole ready. Pure: a change gives a new table. */
import type { Config } from '../config/config.ts'
import type { Finding } from '../findings/finding.ts'

/** Where the run stands; see the diagram in supervisor/transition.ts. */
export type PhaseName =
  'preparing' | 'starting' | 'configuring' | 'ready' | 'degraded' | 'stopping' | 'stopped'

/** `pending`: something is still on its way; `failed`: something gave up and the rest stays up. */
export type Verdict = 'ready' | 'pending' | 'failed'

export type ComponentState = 'pending' | 'starting' | 'ready' | 'failed' | 'disabled'

export interface ComponentStatus {
  readonly state: ComponentState
  /** When this state began, ISO 8601. */
  readonly since: string
  /** What is waited for, or what went wrong and how to fix it; empty when ready. */
  readonly reason: string
  /** How often it was tried, for those that are retried. */
  readonly attempts: number
  /** Failed, and nothing will try it again in this run; only somebody's hand can change it. */
  readonly final?: true
  /** What is wrong, where that was found out; the reason says it in a sentence. */
  readonly finding?: Finding
  /** The parts of this component, where it has some: one a custom protocol, one a SQL file. */
  readonly entries?: readonly ComponentEntry[]
}

export interface ComponentEntry {
  readonly name: string
  readonly state: ComponentState
  /** When this state was last found or made, ISO 8601. */
  readonly at: string
  /** As of a component. */
  readonly reason: string
}

/** By the name of the part (parts/all.ts), in the order of the list. */
export type Components = Readonly<Record<string, ComponentStatus>>

export interface ComponentChange {
  readonly state: ComponentState
  readonly reason?: string
  readonly attempts?: number
  /** As of the status; not kept by the next change. */
  readonly final?: true
  /** As of the status; not kept by the next change. */
  readonly finding?: Finding
  readonly entries?: readonly ComponentEntry[]
}

/** Whether the coordinator runs here, who alone configures the database. */
export const isCoordinator = ({ greenplum }: Config): boolean =>
  greenplum.deployment === 'singlenode' || greenplum.deployment === 'master'

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

/** @throws for a name that is not in the list: a mistake in the program */
export function statusOf(components: Components, name: string): ComponentStatus {
  const status = components[name]
  if (status === undefined) throw new Error(`there is no component ${name}`)
  return status
}

export const isReady = (status: ComponentStatus): boolean =>
  status.state === 'ready' || status.state === 'disabled'

/** What is to be said of a component that is made of parts: the worst of them. */
export function worstState(parts: readonly Pick<ComponentEntry, 'state'>[]): ComponentState {
  const worstFirst: readonly ComponentState[] = ['failed', 'starting', 'pending', 'ready', 'disabled']
  return worstFirst.find((state) => parts.some((part) => part.state === state)) ?? 'disabled'
}

export function assess(components: Components): Verdict {
  const all = Object.values(components)
  if (all.every(isReady)) return 'ready'
  return all.some((status) => status.state === 'failed') ? 'failed' : 'pending'
}
