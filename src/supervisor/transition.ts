/**
 * The phases of a run and the only function that moves between them. It is pure: facts go in, the next state
 * and the commands to carry out come out. Only the supervisor calls it.
 *
 *   preparing ──prepared──▶ starting ──database-accepting──▶ configuring ──all ready──▶ ready
 *                                                                │                      │ ▲
 *                                                       one gave up          one not ready │ all ready
 *                                                                └──────▶ degraded ◀──────┘ │
 *                                                                             └─────────────┘
 *   any of them ──stop-requested, script-exited, database-died, …──▶ stopping ──stopped──▶ stopped
 */
import type { ExitCode } from '../errors.ts'
import type { PhaseName, Verdict } from '../health/components.ts'
import { codeOf, type StopKind } from './exit-code.ts'

/** Why the run ends; the first reason wins. */
export interface StopReason {
  readonly kind: StopKind
  readonly text: string
  readonly exitCode: ExitCode
}

export type State =
  | { readonly phase: Exclude<PhaseName, 'stopping' | 'stopped'> }
  | { readonly phase: 'stopping' | 'stopped'; readonly reason: StopReason }

export type Event =
  | { readonly type: 'prepared' }
  | { readonly type: 'preparation-failed'; readonly text: string; readonly exitCode: ExitCode }
  | { readonly type: 'database-accepting' }
  /** The state of all components together, after one of them changed. */
  | { readonly type: 'components-assessed'; readonly verdict: Verdict }
  | { readonly type: 'stop-requested'; readonly text: string }
  | { readonly type: 'script-exited'; readonly text: string }
  | { readonly type: 'database-died'; readonly text: string }
  /** Files of the image whose failure is configured as fatal could not be applied. */
  | { readonly type: 'configuration-failed'; readonly text: string }
  | { readonly type: 'internal-error'; readonly text: string }
  | { readonly type: 'stopped' }

export type Command =
  | 'start-children'
  | 'configure-database'
  | 'announce-ready'
  | 'announce-degraded'
  | 'stop-everything'
  | 'hurry-stop'
  | 'exit'

export interface Step {
  readonly state: State
  readonly commands: readonly Command[]
}

export const initialState: State = { phase: 'preparing' }

export function transition(state: State, event: Event): Step {
  if (state.phase === 'stopped') return stay(state)
  if (state.phase === 'stopping') return whileStopping(state, event)
  switch (event.type) {
    case 'prepared':
      return state.phase === 'preparing' ? go('starting', 'start-children') : stay(state)
    case 'database-accepting':
      return state.phase === 'starting' ? go('configuring', 'configure-database') : stay(state)
    case 'components-assessed':
      return assessed(state, event.verdict)
    case 'preparation-failed':
      return stop({ kind: event.type, text: event.text, exitCode: event.exitCode })
    case 'stop-requested':
      return stop({ kind: 'signal', text: event.text, exitCode: codeOf.signal })
    case 'script-exited':
    case 'database-died':
    case 'configuration-failed':
    case 'internal-error':
      return stop({ kind: event.type, text: event.text, exitCode: codeOf[event.type] })
    case 'stopped':
      return stay(state)
  }
}

function assessed(state: State, verdict: Verdict): Step {
  const isUp = state.phase === 'configuring' || state.phase === 'degraded'
  if (isUp && verdict === 'ready') return go('ready', 'announce-ready')
  if (state.phase === 'configuring' && verdict === 'failed') return go('degraded', 'announce-degraded')
  if (state.phase === 'ready' && verdict !== 'ready') return go('degraded', 'announce-degraded')
  return stay(state)
}

type Stopping = Extract<State, { phase: 'stopping' | 'stopped' }>

function whileStopping(state: Stopping, event: Event): Step {
  if (event.type === 'stop-requested') return { state, commands: ['hurry-stop'] }
  if (event.type === 'stopped')
    return { state: { phase: 'stopped', reason: state.reason }, commands: ['exit'] }
  return stay(state)
}

const stay = (state: State): Step => ({ state, commands: [] })

const go = (phase: Exclude<PhaseName, 'stopping' | 'stopped'>, command: Command): Step => ({
  state: { phase },
  commands: [command],
})

const stop = (reason: StopReason): Step => ({
  state: { phase: 'stopping', reason },
  commands: ['stop-everything'],
})
