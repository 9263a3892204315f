/**
 * When the program's own checks last made progress; `/livez` depends on it. Until a part reports progress of its own,
 * and once the run is ending, a turn of the event loop counts as progress.
 */
export interface Heartbeat {
  /** Called by the watch of a part; from the first call on, only these calls count. */
  readonly moved: () => void
  readonly sinceMs: () => number
  readonly start: () => void
  readonly stop: () => void
}

const everyMs = 1000

/** @param ending aborts when the run ends and the watch stops */
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
