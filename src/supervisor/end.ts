/** How a run ended, as recorded in the log and on the volume. */
import type { ExitCode } from '../errors.ts'
import type { ImageProfile } from '../image/profile.ts'
import type { StopReport } from '../parts/part.ts'
import type { LastStop } from '../volume/state.ts'
import type { StopReason } from './transition.ts'

export interface End {
  readonly exitCode: ExitCode
  readonly reason: Pick<StopReason, 'kind' | 'text'>
  /** undefined if the preparation or the stop itself failed. */
  readonly verdict: StopVerdict | undefined
  /** What is known of the image, where servers may have run. */
  readonly profile?: Pick<ImageProfile, 'prefix' | 'logFolder'>
}

export interface StopVerdict extends LastStop {
  readonly exitCode: ExitCode
  readonly firstStartUnfinished: boolean
  readonly steps: StopReport['steps']
}

/** The record of a run that ended before anything was started: there is nothing to verify. */
export const neverRan = (reason: string, exitCode: ExitCode): LastStop => ({
  at: new Date().toISOString(),
  reason,
  exitCode,
  proven: true,
  seconds: 0,
  phase: 'preparing',
  directories: [],
})
