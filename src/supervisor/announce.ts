/** Log messages for becoming ready and for no longer being ready. */
import { isReady, type Components } from '../health/components.ts'
import type { Snapshot } from '../health/report.ts'
import type { Logger } from '../logging/logger.ts'

export function announceReady({ timeline, wasReady }: Snapshot, logger: Logger): void {
  if (wasReady) return logger.info('ready again')
  const stages = Object.fromEntries(timeline.map(({ event, ms }) => [event, ms]))
  logger.info('ready', { seconds: Math.round((timeline.at(-1)?.ms ?? 0) / 100) / 10, timelineMs: stages })
}

export function announceDegraded(components: Components, logger: Logger): void {
  const parts = Object.entries(components)
    .filter(([, status]) => !isReady(status))
    .map(([part, { state, reason }]) => ({ part, state, reason }))
  logger.warn('degraded: the other components keep running', { parts })
}
