/** What each part of the configuration works with, and how it tries again. */
import pRetry from 'p-retry'
import type { RunTool } from '../../children/tool.ts'
import type { Config } from '../../config/config.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isRetryable } from '../../greenplum/sql-errors.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Libraries } from '../../protocols/manifest.ts'
import type { Board } from '../board.ts'

export interface ConfigurePorts {
  readonly config: Config
  readonly target: SessionTarget
  readonly board: Board
  readonly logger: Logger
  /** Custom protocols and formats, as read while preparing. */
  readonly libraries: Libraries
  readonly runTool: RunTool
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** For what was declared fatal: stops the run clean, exit 78. */
  readonly giveUp: (text: string) => void
}

/** No try begins later than this after the first, slow ones included: a database on its way takes less. */
const maxRetryTimeMs = 120_000
const pauses = { factor: 1.5, minTimeout: 200, maxTimeout: 5000, randomize: true }

/** Tries again what passes by itself: see `isRetryable`. */
export function retried<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onRetry: (error: Error) => void = () => {},
): Promise<T> {
  return pRetry(work, {
    ...pauses,
    retries: Infinity,
    maxRetryTime: maxRetryTimeMs,
    signal,
    // Asked only while there is time for another try.
    shouldRetry: ({ error }) => {
      const passes = isRetryable(error) || isRetryable(error.cause)
      if (passes) onRetry(error)
      return passes
    },
  })
}
