/**
 * The rules of pg_hba.conf that belong to one host and one start: left out of an archive, and given to a cluster that is
 * adopted, as gpinitsystem and the start script write them. Every other line stays as it is. Pure.
 */
import { letsClientsIn } from '../hba/rule.ts'

/**
 * Without the trust rules for single addresses of the building host, which may be anybody's by now, and without the
 * start script's rule for all addresses, by which the supervisor recognizes a complete cluster.
 */
export function withoutHostRules(text: string): string {
  const lines = text.split('\n')
  return lines
    .filter((line) => !isOfOneAddress(line) && !letsClientsIn(line) && !isForAll6.test(line))
    .join('\n')
}

const isForAll6 = /^\s*host\s+all\s+all\s+::0?\/0\s+md5\s*$/

function isOfOneAddress(line: string): boolean {
  const match = /^\s*host\s+\S+\s+\S+\s+(\S+)\/(32|128)\s+trust\s*$/.exec(line)
  return match !== null && !isLoopback(match[1] ?? '')
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** With the rules that gpinitsystem writes for the addresses of a host; on a segment they admit the coordinator. */
export function withHostRules(
  text: string,
  {
    user,
    addresses,
    isCoordinator,
  }: { readonly user: string; readonly addresses: readonly string[]; readonly isCoordinator: boolean },
): string {
  const who = isCoordinator ? [user] : ['all', user]
  const rules = who.flatMap((name) =>
    addresses.map((address) => `host all ${name} ${address}/${address.includes(':') ? 128 : 32} trust\n`),
  )
  return `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}${rules.join('')}`
}

/** With another time zone in postgresql.conf, where it is the one that gpinitsystem wrote. */
export const withTimeZone = (text: string, from: string, to: string): string =>
  text
    .split('\n')
    .map((line) =>
      /^(log_)?timezone\s*=/.test(line) && line.includes(`'${from}'`)
        ? line.replace(`'${from}'`, () => `'${to}'`)
        : line,
    )
    .join('\n')

/** The time zone that gpinitsystem wrote. */
export const timeZoneOf = (text: string): string | undefined => /^timezone\s*=\s*'([^']*)'/m.exec(text)?.[1]
