/**
 * Waiting, on the global timers only, so that tests can drive time
 * (`node:timers/promises` and `AbortSignal.timeout` escape fake timers).
 */

/** Node fires a longer timer immediately. This is 25 days. */
export const longestTimerMs = 2 ** 31 - 1

/** Resolves after `ms` milliseconds, or at once when `signal` aborts; it never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const finish = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, Math.min(ms, longestTimerMs))
    signal?.addEventListener('abort', finish, { once: true })
  })
}

/** A deadline of this program has passed, as opposed to a timeout that the other side reports. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** A signal that aborts after `ms` milliseconds or with `parent`; `clear` releases the timer. */
export function deadline(ms: number, parent?: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController()
  const abort = () => controller.abort(parent?.reason)
  const limit = Math.min(ms, longestTimerMs)
  const timer = setTimeout(
    () => controller.abort(new DeadlineError(`no response within ${seconds(limit)}`)),
    limit,
  )
  if (parent?.aborted === true) abort()
  parent?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer)
      parent?.removeEventListener('abort', abort)
    },
  }
}

/** Settles like `work`, or rejects with the signal's reason once it aborts; the result of `work` is then ignored. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {})
  signal.throwIfAborted()
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}

/** Polls `condition` until it holds (true), or until `ms` have passed or `signal` aborts (false). */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  wait: { readonly ms: number; readonly everyMs: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  const end = performance.now() + wait.ms
  for (;;) {
    if (await condition()) return true
    if (wait.signal?.aborted === true || performance.now() >= end) return false
    await sleep(Math.min(wait.everyMs, Math.max(0, end - performance.now())), wait.signal)
  }
}

/** `1234` as `1.2 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
