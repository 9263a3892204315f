/** Host and container, by the same rules as before a start, and the findings of the supervisor. */
import { topicOf, type FindingId, type Topic } from '../findings/catalogue.ts'
import type { Finding, Opinion } from '../findings/finding.ts'

/** The doctor checks these itself, in their current state. */
const checkedByDoctor: ReadonlySet<Topic | FindingId> = new Set([
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
 * @param now current findings
 * @param bySupervisor findings of the supervisor, at its start and since
 */
export function opinionOnPlace(now: readonly Finding[], bySupervisor: readonly Finding[]): Opinion {
  const known = new Set(now.map(({ id }) => id))
  return {
    seen: 'memory, disk, open files, /dev/shm, owners, mounts, Java, host name, release',
    findings: [
      // The doctor may run as root even if the supervisor does not.
      ...now.filter(({ id }) => id !== 'place.root'),
      ...bySupervisor.filter(
        ({ id }) => !known.has(id) && !checkedByDoctor.has(id) && !checkedByDoctor.has(topicOf(id)),
      ),
    ],
  }
}
