/** What the supervisor of this container reports, or that none responds. */
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import type { Advice } from '../findings/advice.ts'
import { topicOf } from '../findings/catalogue.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { ask } from '../health/client.ts'
import { isReady, type ComponentStatus } from '../health/components.ts'
import type { ProbeBody, Snapshot } from '../health/report.ts'
import type { Holder } from '../volume/lock-holder.ts'

export type Answer =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly stalled: string }
  | { readonly kind: 'silence'; readonly reason: string }

/**
 * Where the supervisor runs. `here`: in this container. `silent`: in this container, but it does not respond.
 * `elsewhere`: another container holds the lock. `nowhere`: this is a temporary container on the volume of a stopped
 * one.
 */
export type Running = 'here' | 'silent' | 'elsewhere' | 'nowhere'

/** The context of every check. */
export interface Around {
  readonly running: Running
  readonly advice: Advice
}

export function whereItRuns(answer: Answer, holder: Holder): Running {
  if (answer.kind === 'snapshot') return 'here'
  return holder.kind === 'here' ? 'silent' : holder.kind === 'elsewhere' ? 'elsewhere' : 'nowhere'
}

export async function askSupervisor(config: Config): Promise<Answer> {
  try {
    const [status, live] = await Promise.all(
      ['/status', '/livez'].map((path) => ask(config.health, path, 'application/json')),
    )
    const snapshot = JSON.parse(status?.text ?? '') as Snapshot
    const { ok, reasons } = JSON.parse(live?.text ?? '') as ProbeBody
    return { kind: 'snapshot', snapshot, stalled: ok ? '' : (reasons[0]?.reason ?? 'no reason given') }
  } catch (error) {
    return { kind: 'silence', reason: reasonOf(error) }
  }
}

/** A first start on a slow machine may take minutes; a component that waits longer is stuck. */
const stuckMs = 5 * 60_000

export function judgeSupervisor(answer: Answer, around: Around, nowMs: number): Opinion {
  if (answer.kind === 'silence') return { seen: 'no response', findings: [silent(answer.reason, around)] }
  const { snapshot, stalled } = answer
  const { advice } = around
  const components = Object.entries(snapshot.components)
  return {
    seen: `phase ${snapshot.phase}, running since ${snapshot.startedAt}`,
    findings: [
      ...(stalled === '' ? [] : [stall(stalled, advice)]),
      ...ending(snapshot, advice),
      ...components.flatMap(([name, status]) => component(name, status, { nowMs, advice })),
    ],
  }
}

const stall = (reason: string, advice: Advice): Finding =>
  finding('supervisor.stalled', {
    text: `the supervisor makes no progress: ${reason}`,
    fix: `${advice.restart}; please report this with the log`,
  })

function silent(reason: string, { running, advice }: Around): Finding {
  switch (running) {
    case 'silent':
      return finding('supervisor.silent', {
        text: 'the supervisor is running here but does not respond',
        cause: reason,
        fix: `if HEALTH_HOST or HEALTH_PORT differ from those with which it was started, correct them; otherwise: ${advice.restart}`,
      })
    case 'elsewhere':
      return finding('supervisor.elsewhere', {
        text: 'another container is using this volume; only its files can be inspected from here',
        cause: reason,
        fix: `run the doctor there: ${advice.inside('gp-supervisor doctor')}`,
      })
    case 'here':
    case 'nowhere':
      return finding('supervisor.none', {
        text: 'no supervisor is running in this container; the other findings come from its files',
        cause: reason,
        fix: `${advice.start}; if it exits again, see ${advice.log}`,
      })
  }
}

function ending({ phase, stopReason }: Snapshot, advice: Advice): Finding[] {
  if (phase !== 'stopping' && phase !== 'stopped') return []
  return [
    finding('supervisor.stopping', {
      text: 'the container is stopping',
      cause: stopReason ?? '',
      fix: `wait until it has stopped, then: ${advice.start}`,
    }),
  ]
}

function component(
  name: string,
  status: ComponentStatus,
  { nowMs, advice }: { readonly nowMs: number; readonly advice: Advice },
): Finding[] {
  const { finding: found } = status
  // The doctor inspects all other topics itself.
  if (found !== undefined && topicOf(found.id) === 'data' && !isReady(status)) return [found]
  if (found !== undefined && ofOtherHosts.has(found.id)) return [withEntries(found, status)]
  if (isReady(status)) return []
  const { state, since, attempts } = status
  const waitsMs = nowMs - Date.parse(since)
  const stuck = waitsMs > stuckMs
  const cause = causeOf(status)
  const fix = `fix the cause, then: ${advice.restart}; for its history see ${advice.log}`
  if (state === 'failed') {
    const tries = attempts > 1 ? `, ${attempts} attempts` : ''
    return [
      finding('component.failed', {
        text: `${name} has failed (since ${since}${tries})`,
        cause,
        fix,
        where: name,
      }),
    ]
  }
  const stuckFor = stuck ? `, stuck for ${Math.round(waitsMs / 60_000)} minutes` : ''
  return [
    finding('component.waiting', {
      severity: stuck ? 'error' : 'warning',
      text: `${name} is not ready yet: ${state} since ${since}${stuckFor}`,
      cause,
      fix: stuck ? fix : 'wait; gp-supervisor status shows its progress',
      where: name,
    }),
  ]
}

/** What only the coordinator's supervisor sees. It serves on, so the component may be ready all the same. */
const ofOtherHosts: ReadonlySet<string> = new Set(['database.cluster', 'database.hosts-differ'])

/** The text names a few servers; the doctor lists them all. */
const withEntries = (found: Finding, { entries = [] }: ComponentStatus): Finding => ({
  ...found,
  cause: [found.cause, ...entries.map(({ name, reason }) => `${name} ${reason}`)]
    .filter((line) => line !== '')
    .join('\n'),
})

/** The reason of the component and those of its entries. */
function causeOf({ reason, entries = [] }: ComponentStatus): string {
  const parts = entries
    .filter((entry) => entry.state !== 'ready' && entry.state !== 'disabled')
    .map((entry) => `${entry.name}: ${entry.state}${entry.reason === '' ? '' : `: ${entry.reason}`}`)
  return [reason, ...parts].filter((part) => part !== '').join('\n')
}
