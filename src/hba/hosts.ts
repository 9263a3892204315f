/**
 * The lines of `pg_hba.conf` by which the other hosts of a cluster get in: the coordinator for queries, a mirror or standby
 * for replication. The tools of Greenplum write the addresses that hosts had once; a container gets another one at each
 * start. The lines stand between two comments of our own, and are replaced as a whole; every byte outside is preserved.
 * Pure.
 */
import { byteOrderMark, userField } from './rule.ts'

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
  const start = begins.exec(text)
  if (start === null) {
    const mark = byteOrderMark(text)
    return mark + block + text.slice(mark.length)
  }
  const before = text.slice(0, start.index)
  const following = text.slice(start.index + start[0].length)
  const end = ends.exec(following)
  // Someone removed the end: what follows our lines is not ours any more.
  if (end === null) return before + block + following.replace(ourLines, '')
  // The rule for this host comes before every line that could match it, and so before ours.
  const foreign = (following.slice(0, end.index).match(/.*\n/g) ?? []).filter(
    (line) => line.trim() !== '' && !ourLine.test(line),
  )
  return before + foreign.join('') + block + following.slice(end.index + end[0].length)
}

const escaped = (text: string): string => text.replaceAll('.', String.raw`\.`)
// An editor may have changed the line ends.
const begins = new RegExp(`^${escaped(first)}\\r?\\n`, 'm')
const ends = new RegExp(`^${escaped(last)}\\r?\\n`, 'm')
/** A name in quotes may have spaces. */
const line = String.raw`host (?:all|replication) (?:"[^\r\n]*"|\S+) \S+/(?:32|128) trust\r?\n`
const ourLine = new RegExp(`^${line}$`)
const ourLines = new RegExp(`^(?:${line})*`)

function blockOf({ user, addresses }: Hosts): string {
  // PostgreSQL refuses an address with a zone, and then the whole file.
  const usable = addresses.filter((address) => !address.includes('%'))
  if (usable.length === 0) return ''
  const lines = usable
    .toSorted()
    .flatMap((address) =>
      ['all', 'replication'].map(
        (database) =>
          `host ${database} ${userField(user)} ${address}/${address.includes(':') ? 128 : 32} trust`,
      ),
    )
  return [first, ...lines, last, ''].join('\n')
}
