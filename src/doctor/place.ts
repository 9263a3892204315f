/** Host and container, by the same rules as before a start. */
import type { Finding as Preflight } from '../preflight/findings.ts'
import type { Complaint, Opinion } from './finding.ts'

/**
 * @param now what is found now
 * @param atStart what the supervisor found when it started, and what it noted since; the seeds are looked at anew
 */
export function judgePlace(now: readonly Preflight[], atStart: readonly Preflight[]): Opinion {
  const known = new Set(['password', ...now.map(({ id }) => id)])
  // Whoever asks as root need not be who runs.
  const all = [
    ...now.filter(({ id }) => id !== 'root'),
    ...atStart.filter(({ id }) => !known.has(id) && !id.startsWith('seed.')),
  ]
  return {
    seen: 'memory, disk, open files, /dev/shm, owners, mounts, Java, host name, release',
    complaints: all.map(asComplaint),
  }
}

const asComplaint = ({ id, level, text, mend }: Preflight): Complaint => {
  const [what = text, ...why] = text.split('; ')
  return {
    id: `place.${id}`,
    level: level === 'refuse' ? 'error' : 'warn',
    text: what,
    cause: why.join('; '),
    mend,
  }
}
