/** How a run ended, as the log and the volume keep it. */
import type { ExitCode } from '../errors.ts'
import type { StopReport } from '../parts/part.ts'
import type { LastStop } from '../volume/state.ts'
import type { StopReason } from './transition.ts'

export interface End {
  readonly exitCode: ExitCode
  readonly reason: Pick<StopReason, 'kind' | 'text'>
  /** undefined where the preparation or the stop itself failed. */
  readonly verdict: StopVerdict | undefined
}

export interface StopVerdict extends LastStop {
  readonly exitCode: ExitCode
  readonly firstStartUnfinished: boolean
  readonly steps: StopReport['steps']
}

/** Of a run that ended before anything ran: there is nothing to verify. */
export const neverRan = (reason: string, exitCode: ExitCode): LastStop => ({
  at: new Date().toISOString(),
  reason,
  exitCode,
  proven: true,
  seconds: 0,
  phase: 'preparing',
  directories: [],
})
