/**
 * The parts whose readiness makes the whole ready, and what is said of each. Pure: a change gives a new table.
 */
import type { Config } from '../config/config.ts'

/** Where the run stands; see the diagram in supervisor/transition.ts. */
export type PhaseName =
  'preparing' | 'starting' | 'configuring' | 'ready' | 'degraded' | 'stopping' | 'stopped'

/** `pending`: something is still on its way; `failed`: something gave up and the rest stays up. */
export type Verdict = 'ready' | 'pending' | 'failed'

export const componentNames = ['seed', 'gpdb', 'hba', 'extensions', 'pxf'] as const
export type ComponentName = (typeof componentNames)[number]

export type ComponentState = 'pending' | 'starting' | 'ready' | 'failed' | 'disabled'

export interface ComponentStatus {
  readonly state: ComponentState
  /** When this state began, ISO 8601. */
  readonly since: string
  /** What is waited for, or what went wrong and how to mend it; empty when ready. */
  readonly reason: string
  /** How often it was tried, for those that are retried. */
  readonly attempts: number
}

export type Components = Readonly<Record<ComponentName, ComponentStatus>>

export interface ComponentChange {
  readonly state: ComponentState
  readonly reason?: string
  readonly attempts?: number
}

export function initialComponents(config: Config, now: string): Components {
  const runsDatabase =
    config.greenplum.deployment === 'singlenode' || config.greenplum.deployment === 'master'
  const pxfOff = 'GREENPLUM_PXF_ENABLE=false'
  const disabled = (reason: string): ComponentStatus => ({
    state: 'disabled',
    since: now,
    reason,
    attempts: 0,
  })
  const pending = (reason: string): ComponentStatus => ({ state: 'pending', since: now, reason, attempts: 0 })
  const onCoordinator = (reason: string) =>
    runsDatabase ? pending(reason) : disabled('the coordinator does this, not this host')
  return {
    seed: config.pxf.enabled ? pending('PXF_BASE is not prepared yet') : disabled(pxfOff),
    gpdb: pending('the start script was not started yet'),
    hba:
      config.hba.samehost === 'off'
        ? disabled('PG_HBA_SAMEHOST=off')
        : onCoordinator('waits for the database'),
    extensions: config.pxf.enabled ? onCoordinator('waits for the database') : disabled(pxfOff),
    pxf: config.pxf.enabled ? pending('waits for the seed') : disabled(pxfOff),
  }
}

export function changed(
  components: Components,
  name: ComponentName,
  change: ComponentChange,
  now: string,
): Components {
  const before = components[name]
  const next: ComponentStatus = {
    state: change.state,
    since: before.state === change.state ? before.since : now,
    reason: change.reason ?? '',
    attempts: change.attempts ?? before.attempts,
  }
  return { ...components, [name]: next }
}

export const isReady = (status: ComponentStatus): boolean =>
  status.state === 'ready' || status.state === 'disabled'

export function assess(components: Components): Verdict {
  const all = Object.values(components)
  if (all.every(isReady)) return 'ready'
  return all.some((status) => status.state === 'failed') ? 'failed' : 'pending'
}
