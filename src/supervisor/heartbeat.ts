/**
 * When the program's own checks moved last; `/livez` rests on it. Until a part has a watch of its own, and once the
 * run ends, the event loop itself is what has to move.
 */
export interface Heartbeat {
  /** Called by the watch; from the first time on, only the watch counts. */
  readonly moved: () => void
  readonly sinceMs: () => number
  readonly start: () => void
  readonly stop: () => void
}

const everyMs = 1000

/** @param ending the run ends: the watch has stopped */
export function createHeartbeat(ending: AbortSignal): Heartbeat {
  let last = performance.now()
  let isWatched = false
  let timer: NodeJS.Timeout | undefined
  const beat = () => {
    if (!isWatched || ending.aborted) last = performance.now()
  }
  return {
    start: () => void (timer = setInterval(beat, everyMs)),
    moved: () => {
      isWatched = true
      last = performance.now()
    },
    sinceMs: () => performance.now() - last,
    stop: () => clearInterval(timer),
  }
}
