/**
 * Classifies database errors as temporary or permanent. Unknown errors count as permanent, because retrying a permanent
 * error hides its cause. For SQLSTATE classes see appendix A of the PostgreSQL documentation.
 */
import { DeadlineError } from '../time.ts'

const retryableStates: ReadonlySet<string> = new Set([
  '57P03', // cannot_connect_now: starting up, or Greenplum's utility mode during gpstart
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '53300', // too_many_connections
  '55006', // object_in_use: CREATE DATABASE while another session uses template1
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
])

/** connection_exception. */
const retryableClasses = /^08/

/** Greenplum raises XX000 for segments that are not up yet; only the text identifies them. */
const retryableText =
  /failed to acquire resources on one or more segments|FTS|the database system is (starting up|shutting down|in recovery)|Connection terminated|segment(s)? (is|are) (down|not available)|could not connect to segment/i

const retryableErrno: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT', // the socket does not exist yet
  'EPIPE',
  'ETIMEDOUT',
  'EAGAIN', // the listen queue is full
])

/** Whether an error is temporary, by SQLSTATE, errno and, if Greenplum has no specific code, the text. Pure. */
export function isRetryable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : ''
  if (typeof code === 'string') {
    if (retryableErrno.has(code) || retryableStates.has(code) || retryableClasses.test(code)) return true
    return code.startsWith('XX') && retryableText.test(text)
  }
  // pg reports broken connections and timeouts without a code.
  return (
    error instanceof DeadlineError || /Connection terminated|timeout expired|timeout exceeded/i.test(text)
  )
}

/** The text with SQLSTATE or errno, in one line, for `reasons`. */
export function describeSqlError(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error)
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) && !text.includes(code)
    ? `${text} (${code})`
    : text
}
