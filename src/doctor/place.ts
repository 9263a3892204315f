/** Host and container, by the same rules as before a start; and what the supervisor has found by itself. */
import { topicOf, type FindingId, type Topic } from '../findings/catalogue.ts'
import type { Finding, Opinion } from '../findings/finding.ts'

/** The doctor looks at these itself, and sees how it is now. */
const lookedAtAnew: ReadonlySet<Topic | FindingId> = new Set([
  'seeds',
  'database.password',
  'hba.unverified',
  'volume.unreadable',
  'volume.adopted',
  'volume.cut-off',
  'stop.killed',
  'stop.cut-off',
  'stop.unproven',
])

/**
 * @param now what is found now
 * @param bySupervisor what the supervisor found when it started, and what it noted since
 */
export function opinionOnPlace(now: readonly Finding[], bySupervisor: readonly Finding[]): Opinion {
  const known = new Set(now.map(({ id }) => id))
  return {
    seen: 'memory, disk, open files, /dev/shm, owners, mounts, Java, host name, release',
    findings: [
      // Whoever asks as root need not be who runs.
      ...now.filter(({ id }) => id !== 'place.root'),
      ...bySupervisor.filter(
        ({ id }) => !known.has(id) && !lookedAtAnew.has(id) && !lookedAtAnew.has(topicOf(id)),
      ),
    ],
  }
}
