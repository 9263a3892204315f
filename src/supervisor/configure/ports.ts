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

/** Retried for about two minutes: longer than a database takes that is on its way. */
const retries = { retries: 40, factor: 1.5, minTimeout: 200, maxTimeout: 5000, randomize: true }

/** Tries again what passes by itself: see `isRetryable`. */
export function retried<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onRetry: (error: Error) => void = () => {},
): Promise<T> {
  return pRetry(work, {
    ...retries,
    signal,
    shouldRetry: ({ error, retriesLeft }) => {
      const passes = isRetryable(error) || isRetryable(error.cause)
      if (passes && retriesLeft > 0) onRetry(error)
      return passes
    },
  })
}
