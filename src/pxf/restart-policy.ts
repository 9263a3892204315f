/** How often and how soon PXF is started again. Pure. */

/** More than this in the window, and it is a fault that starting again does not mend. */
const mostRestarts = 5
const windowMs = 300_000
const firstDelayMs = 1000
const longestDelayMs = 30_000

export type Restart =
  { readonly kind: 'again'; readonly delayMs: number } | { readonly kind: 'give-up'; readonly deaths: number }

/**
 * @param deaths times of the deaths so far, milliseconds, the latest last
 * @param random 0 to 1; the jitter, which keeps two hosts from starting in step
 */
export function nextRestart(deaths: readonly number[], now: number, random: number): Restart {
  const recent = deaths.filter((at) => now - at < windowMs).length
  if (recent > mostRestarts) return { kind: 'give-up', deaths: recent }
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, recent - 1))
  return { kind: 'again', delayMs: Math.round(delayMs * (0.75 + random / 2)) }
}
