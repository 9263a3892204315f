/** The log of this program as the follower sees it: when it has room, and whether anybody reads it. */
import type { LogSink } from '../logging/sink.ts'
import { waitUntil } from '../time.ts'

export interface Outlet {
  /** @returns false, or a promise of it, if `giveUp` aborted before there was room */
  readonly room: () => boolean | Promise<boolean>
  /** Waits until `isDone`, for at most `ms` milliseconds, or until the reader of the log takes nothing any more. */
  readonly waitFor: (isDone: () => boolean, ms: number) => Promise<void>
}

/** A reader that takes nothing for this long, in milliseconds, is not waited for. */
const stallMs = 750

export function createOutlet(
  sink: Pick<LogSink, 'congested' | 'drained' | 'progress'>,
  giveUp: AbortSignal,
): Outlet {
  return {
    room: () => {
      if (giveUp.aborted) return false
      return sink.congested() ? drained() : true
    },
    waitFor: async (isDone, ms) => {
      let { gone } = sink.progress()
      let since = performance.now()
      const isStalled = () => {
        const now = sink.progress()
        if (now.gone !== gone || now.gone === now.written) [gone, since] = [now.gone, performance.now()]
        return performance.now() - since > stallMs
      }
      await waitUntil(() => isDone() || isStalled(), { ms, everyMs: 5 })
    },
  }

  function drained(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const onGiveUp = () => resolve(false)
    giveUp.addEventListener('abort', onGiveUp, { once: true })
    void sink.drained().then(() => resolve(true))
    return promise.finally(() => giveUp.removeEventListener('abort', onGiveUp))
  }
}
