/** Retries of transient errors. */
import pRetry from 'p-retry'
import { isRetryable } from '../greenplum/sql-errors.ts'

/** No attempt starts later than this after the first. A database that is starting needs less. */
const maxRetryTimeMs = 120_000
const pauses = { factor: 1.5, minTimeout: 200, maxTimeout: 5000, randomize: true }

/** Retries transient errors; see `isRetryable`. */
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
    // Called only while there is time for another attempt.
    shouldRetry: ({ error }) => {
      const passes = isRetryable(error) || isRetryable(error.cause)
      if (passes) onRetry(error)
      return passes
    },
  })
}
