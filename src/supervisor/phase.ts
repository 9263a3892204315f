/** Holds the state of the run, and is the only caller of `transition`. */
import type { PhaseName } from '../health/components.ts'
import { initialState, transition, type Command, type Event, type State } from './transition.ts'

export interface Phase {
  readonly state: () => State
  readonly dispatch: (event: Event) => void
}

export interface PhasePorts {
  readonly onChange: (from: PhaseName, to: PhaseName, event: Event['type']) => void
  readonly carryOut: (command: Command, from: PhaseName) => void
  /** Applied to the reasons of events: they may quote output of other programs. */
  readonly mask: (text: string) => string
}

export function createPhase({ onChange, carryOut, mask }: PhasePorts): Phase {
  let state: State = initialState
  return {
    state: () => state,
    dispatch: (event) => {
      const from = state.phase
      const step = transition(state, 'text' in event ? { ...event, text: mask(event.text) } : event)
      state = step.state
      if (state.phase !== from) onChange(from, state.phase, event.type)
      for (const command of step.commands) carryOut(command, from)
    },
  }
}
