/** How a part tries again what passes by itself. */
import pRetry from 'p-retry'
import { isRetryable } from '../greenplum/sql-errors.ts'

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
