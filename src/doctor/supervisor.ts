/** What the supervisor of this container says of itself, or that none answers. */
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import { ask } from '../health/client.ts'
import { isReady, type ComponentStatus } from '../health/components.ts'
import type { ProbeBody, Snapshot } from '../health/report.ts'
import type { Complaint, Opinion } from './finding.ts'
import type { Holder } from './lock-holder.ts'

export type Answer =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly stalled: string }
  | { readonly kind: 'silence'; readonly reason: string }

/**
 * Where the stand runs: `here`; `silent`: here, and it does not answer; `elsewhere`: another container has the
 * volume; `nowhere`: this is a throw-away container over the volume of one that is stopped.
 */
export type Running = 'here' | 'silent' | 'elsewhere' | 'nowhere'

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

/** A first start on a slow machine may take minutes; what waits longer is stuck. */
const stuckMs = 5 * 60_000

export function judgeSupervisor(answer: Answer, running: Running, nowMs: number): Opinion {
  if (answer.kind === 'silence') return { seen: 'no answer', complaints: [silent(answer.reason, running)] }
  const { snapshot, stalled } = answer
  const stall: Complaint[] =
    stalled === ''
      ? []
      : [
          {
            id: 'supervisor.stalled',
            level: 'error',
            text: `the supervisor does not get on: ${stalled}`,
            cause: '',
            mend: 'docker compose restart greenplum; and please report it with the log',
          },
        ]
  const components = Object.entries(snapshot.components)
  return {
    seen: `phase ${snapshot.phase}, runs since ${snapshot.startedAt}`,
    complaints: [...stall, ...ending(snapshot), ...components.flatMap((entry) => component(entry, nowMs))],
  }
}

function silent(reason: string, running: Running): Complaint {
  switch (running) {
    case 'silent':
      return {
        id: 'supervisor.silent',
        level: 'error',
        text: 'the supervisor runs here and does not answer',
        cause: reason,
        mend: 'if HEALTH_HOST or HEALTH_PORT are other than those it was started with, put them right; else docker compose restart greenplum',
      }
    case 'elsewhere':
      return {
        id: 'supervisor.elsewhere',
        level: 'warn',
        text: 'another container runs on this volume; from here only its files can be seen',
        cause: reason,
        mend: 'look there: docker compose exec greenplum gp-supervisor doctor',
      }
    case 'here':
    case 'nowhere':
      return {
        id: 'supervisor.none',
        level: 'warn',
        text: 'no supervisor runs in this container: what follows is said by the files alone',
        cause: reason,
        mend: 'start the stand (make up) and, if it ends again, see docker compose logs greenplum',
      }
  }
}

function ending({ phase, stopReason }: Snapshot): Complaint[] {
  if (phase !== 'stopping' && phase !== 'stopped') return []
  const cause = stopReason ?? ''
  return [
    {
      id: 'supervisor.stopping',
      level: 'warn',
      text: 'the container is stopping',
      cause,
      mend: 'wait for its end, then: make up',
    },
  ]
}

function component([name, status]: [string, ComponentStatus], nowMs: number): Complaint[] {
  if (isReady(status)) return []
  const { state, since, reason, attempts, entries = [] } = status
  const waitsMs = nowMs - Date.parse(since)
  const stuck = waitsMs > stuckMs
  const text =
    state === 'failed'
      ? `${name} has failed (since ${since}${attempts > 1 ? `, ${attempts} attempts` : ''})`
      : `${name} is not ready yet: ${state} since ${since}${stuck ? `, stuck for ${Math.round(waitsMs / 60_000)} minutes` : ''}`
  const parts = entries
    .filter((entry) => entry.state !== 'ready' && entry.state !== 'disabled')
    .map((entry) => `${entry.name}: ${entry.state}${entry.reason === '' ? '' : `: ${entry.reason}`}`)
  return [
    {
      id: `component.${name}`,
      level: state === 'failed' || stuck ? 'error' : 'warn',
      text,
      cause: [reason, ...parts].filter((part) => part !== '').join('\n'),
      mend:
        state === 'failed' || stuck
          ? 'mend the cause, then: docker compose restart greenplum; its history is in docker compose logs greenplum'
          : 'wait; gp-supervisor status shows how it gets on',
    },
  ]
}
