import { describe, expect, it } from 'vitest'
import { transition, type Event, type State, type StopReason } from './transition.ts'

const reason: StopReason = { kind: 'signal', text: 'SIGTERM', exitCode: 0 }

const states: State[] = [
  { phase: 'preparing' },
  { phase: 'starting' },
  { phase: 'configuring' },
  { phase: 'ready' },
  { phase: 'degraded' },
  { phase: 'stopping', reason },
  { phase: 'stopped', reason },
]

const events: Event[] = [
  { type: 'prepared' },
  { type: 'preparation-failed', text: 'no volume', exitCode: 73 },
  { type: 'database-accepting' },
  { type: 'components-assessed', verdict: 'ready' },
  { type: 'components-assessed', verdict: 'pending' },
  { type: 'components-assessed', verdict: 'failed' },
  { type: 'stop-requested', text: 'SIGINT' },
  { type: 'script-exited', text: 'exit code 1' },
  { type: 'database-died', text: 'the coordinator is gone' },
  { type: 'configuration-failed', text: 'sql' },
  { type: 'internal-error', text: 'a bug' },
  { type: 'stopped' },
]

const named = (event: Event) =>
  event.type === 'components-assessed' ? `${event.type}: ${event.verdict}` : event.type

function cell(state: State, event: Event): string {
  const { state: next, commands } = transition(state, event)
  const arrow = next === state ? '=' : `→ ${next.phase}`
  const why = 'reason' in next && next !== state ? ` [${next.reason.kind} ${next.reason.exitCode}]` : ''
  return `${state.phase.padEnd(12)}${named(event).padEnd(28)}${arrow}${why}${commands.map((c) => ` !${c}`).join('')}`
}

describe('transition', () => {
  it('answers every event in every phase', () => {
    const table = states.flatMap((state) => events.map((event) => cell(state, event))).join('\n')
    expect(table).toMatchSnapshot()
  })

  it('keeps the first reason to stop', () => {
    const first = transition({ phase: 'ready' }, { type: 'database-died', text: 'killed' }).state
    const second = transition(first, { type: 'stop-requested', text: 'SIGTERM' })
    expect(second.state).toEqual({
      phase: 'stopping',
      reason: { kind: 'database-died', text: 'killed', exitCode: 69 },
    })
    expect(second.commands).toEqual(['hurry-stop'])
  })
})
