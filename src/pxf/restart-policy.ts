/** Decides how often and how soon PXF is restarted. Pure. */

/** More failures than this within the window mean a fault that a restart does not fix. */
const mostRestarts = 5
const windowMs = 300_000
const firstDelayMs = 1000
const longestDelayMs = 30_000

export type Restart =
  { readonly kind: 'again'; readonly delayMs: number } | { readonly kind: 'give-up'; readonly deaths: number }

/**
 * @param deaths times of all failures so far, in milliseconds, the latest last
 * @param random 0 to 1; jitter, so that two hosts do not restart at the same time
 */
export function nextRestart(deaths: readonly number[], now: number, random: number): Restart {
  const recent = deaths.filter((at) => now - at < windowMs).length
  if (recent > mostRestarts) return { kind: 'give-up', deaths: recent }
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, recent - 1))
  return { kind: 'again', delayMs: Math.round(delayMs * (0.75 + random / 2)) }
}
