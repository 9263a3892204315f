/**
 * The lines of `pg_hba.conf` by which the other hosts of a cluster get in: the coordinator for queries, a mirror or standby
 * for replication. The tools of Greenplum write the addresses that hosts had once; a container gets another one at each
 * start. The lines stand between two comments of our own, and are replaced as a whole; every byte outside is preserved.
 * Pure.
 */
import { userField } from './rule.ts'

export interface Hosts {
  readonly user: string
  /** Of the other hosts, as they are now. */
  readonly addresses: readonly string[]
}

const first = '# The other hosts of this cluster, kept by gp-supervisor; what is changed here is lost.'
const last = '# End of the other hosts of this cluster.'

/** The text with exactly these addresses: at their place, or at the very start if they had none. */
export function withHosts(text: string, hosts: Hosts): string {
  const block = blockOf(hosts)
  const start = text.indexOf(`${first}\n`)
  if (start < 0) return block + text
  const end = text.indexOf(`${last}\n`, start)
  // Someone removed the end: what follows is not ours any more.
  if (end < 0) return text.slice(0, start) + block + text.slice(start + first.length + 1)
  // The rule for this host comes before every line that could match it, and so before ours.
  const foreign = text
    .slice(start + first.length + 1, end)
    .split('\n')
    .filter((line) => line !== '' && !ourLine.test(line))
    .map((line) => `${line}\n`)
  return text.slice(0, start) + foreign.join('') + block + text.slice(end + last.length + 1)
}

const ourLine = /^host (all|replication) \S+ \S+\/(32|128) trust$/

function blockOf({ user, addresses }: Hosts): string {
  if (addresses.length === 0) return ''
  const lines = addresses
    .toSorted()
    .flatMap((address) =>
      ['all', 'replication'].map(
        (database) =>
          `host ${database} ${userField(user)} ${address}/${address.includes(':') ? 128 : 32} trust`,
      ),
    )
  return [first, ...lines, last, ''].join('\n')
}
