/** What goes wrong while logs are followed is told once, not at each attempt, and again if it comes back. */
import { reasonOf } from '../errors.ts'
import type { Logger } from '../logging/logger.ts'

const texts: Readonly<Record<string, string>> = {
  discover: 'cannot look for the logs of the servers; trying again',
  save: 'cannot save how far the logs of the servers were relayed; after a restart records may come twice',
  watch: 'a folder of logs cannot be watched; it is looked at instead',
}

export interface Troubles {
  /** @param what one of the texts, or a folder of logs that cannot be read */
  readonly tell: (what: string, error: unknown) => void
  readonly over: (what: string) => void
  readonly attempt: (what: string, work: () => Promise<void>) => Promise<void>
}

export function createTroubles(logger: Pick<Logger, 'warn'>): Troubles {
  const current = new Set<string>()
  const tell = (what: string, error: unknown) => {
    if (current.has(what)) return
    current.add(what)
    logger.warn(texts[what] ?? `cannot read the logs in ${what}; trying again`, { reason: reasonOf(error) })
  }
  const over = (what: string) => void current.delete(what)
  return {
    tell,
    over,
    attempt: async (what, work) => {
      try {
        await work()
        over(what)
      } catch (error) {
        tell(what, error)
      }
    },
  }
}
