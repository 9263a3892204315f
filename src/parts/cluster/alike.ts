/** Asks every other host of the cluster what image it has, and compares it with this host's. */
import { differences, type Unequal } from '../../cluster/compare.ts'
import type { CatalogServer } from '../../cluster/catalog.ts'
import { describeHost, parseDescription } from '../../cluster/host-description.ts'
import { runOnHost } from '../../cluster/ssh.ts'
import { reasonOf } from '../../errors.ts'
import { hostPortsOf } from '../host-ports.ts'
import type { PartRun } from '../part.ts'

export interface Comparison {
  /** Looks now if it is time to, or if there are other hosts. Never throws. */
  readonly look: (servers: readonly CatalogServer[], signal: AbortSignal) => Promise<readonly Unequal[]>
  /** A host has come back, perhaps with another image. */
  readonly forget: () => void
}

/** An image changes only with its container, whose servers then come back. */
const againMs = 600_000
const timeoutMs = 30_000

export function createComparison(run: PartRun): Comparison {
  let due = 0
  let compared = ''
  let found: readonly Unequal[] = []
  return {
    look: async (servers, signal) => {
      const now = performance.now()
      const hosts = otherHosts(servers, run.config.cluster.hostname)
      if (now < due && hosts.join() === compared) return found
      due = now + againMs
      compared = hosts.join()
      try {
        found = await compareAll(run, hosts, signal)
      } catch (error) {
        if (!signal.aborted) run.logger.warn('the hosts cannot be compared', { reason: reasonOf(error) })
      }
      return found
    },
    forget: () => {
      due = 0
    },
  }
}

export const otherHosts = (servers: readonly CatalogServer[], own: string): readonly string[] =>
  [...new Set(servers.map(({ hostname }) => hostname))].filter((host) => host !== own).toSorted()

async function compareAll(run: PartRun, hosts: readonly string[], signal: AbortSignal): Promise<Unequal[]> {
  const ports = await hostPortsOf(run, signal)
  const version = run.versions['supervisor'] ?? 'unknown'
  const own = await describeHost({ ...ports, version })
  const compared = await Promise.all(
    hosts.map(async (hostname): Promise<Unequal> => {
      const { failure, ok, output } = await runOnHost(
        hostname,
        ['describe-host'],
        { timeoutMs, isQuiet: true },
        ports,
      )
      const other = parseDescription(output)
      if (other !== undefined) return { hostname, differences: differences(own, other) }
      // One that is away is a trouble of its own.
      const isOlder = ok || /describe-host|not found/.test(output)
      if (!isOlder) return { hostname, differences: [] }
      return {
        hostname,
        differences: [`it cannot say what image it has, so it has an older one (${failure})`],
      }
    }),
  )
  return compared.filter((host) => host.differences.length > 0)
}
