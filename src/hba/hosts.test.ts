import { expect, it } from 'vitest'
import { withHosts } from './hosts.ts'
import { withHbaRule } from './rule.ts'

const text = 'local all all trust\nhost all gpadmin 172.18.0.3/32 trust\nhost all all 0.0.0.0/0 md5\n'
const at = (...addresses: string[]) => ({ user: 'gpadmin', addresses })

it('lets the hosts in before any other rule, for queries and for replication', () => {
  const changed = withHosts(text, at('172.18.0.9', 'fd00::2'))
  expect(changed).toBe(
    `# The other hosts of this cluster, kept by gp-supervisor; what is changed here is lost.
host all gpadmin 172.18.0.9/32 trust
host replication gpadmin 172.18.0.9/32 trust
host all gpadmin fd00::2/128 trust
host replication gpadmin fd00::2/128 trust
# End of the other hosts of this cluster.
${text}`,
  )
  expect(withHosts(changed, at('fd00::2', '172.18.0.9'))).toBe(changed)
})

it('forgets addresses that a host has no longer, and leaves nothing behind', () => {
  const once = withHosts(text, at('172.18.0.9'))
  expect(withHosts(once, at('172.18.0.7'))).toBe(once.replaceAll('0.9', '0.7'))
  expect(withHosts(once, at())).toBe(text)
  expect(withHosts(text, at())).toBe(text)
})

it('stays where it is, so that it and the rule for this host do not push each other around', () => {
  const rule = { user: 'gpadmin', method: 'trust' } as const
  const rounds = (from: string, count: number): string =>
    count === 0 ? from : rounds(withHbaRule(withHosts(from, at('172.18.0.9')), rule), count - 1)
  const now = rounds(text, 2)
  for (const count of [3, 4]) expect(rounds(text, count)).toBe(now)
  // Neither of the two changes anything any more.
  expect(withHosts(now, at('172.18.0.9'))).toBe(now)
  expect(withHbaRule(now, rule)).toBe(now)
  expect(now).toMatch(/^host all gpadmin samehost trust\n# The other hosts/)
})

it('keeps everything else, also where its end was removed by hand', () => {
  const once = withHosts(text, at('172.18.0.9'))
  const cut = once.replace('# End of the other hosts of this cluster.\n', '')
  expect(withHosts(cut, at('172.18.0.9'))).toContain(text)
})

it('knows its own lines for a user whose name needs quotes', () => {
  const spaced = { user: 'my "own" user', addresses: ['172.18.0.9'] }
  const once = withHosts(text, spaced)
  expect(once).toContain('host all "my ""own"" user" 172.18.0.9/32 trust')
  expect(withHosts(once, spaced)).toBe(once)
  expect(withHosts(once, { ...spaced, addresses: [] })).toBe(text)
})

it('lets no former address in where the end of its lines was removed by hand', () => {
  const cut = withHosts(text, at('172.18.0.9')).replace('# End of the other hosts of this cluster.\n', '')
  expect(withHosts(cut, at('172.18.0.7'))).toBe(withHosts(text, at('172.18.0.7')))
  expect(withHosts(cut, at())).toBe(text)
})

it('leaves a byte order mark at the very start', () => {
  for (const mark of ['\uFEFF', '\u00EF\u00BB\u00BF'])
    expect(withHosts(mark + text, at('172.18.0.9'))).toBe(mark + withHosts(text, at('172.18.0.9')))
})

it('replaces its lines where an editor has changed all line ends', () => {
  const crlf = (lines: string) => lines.replaceAll('\n', '\r\n')
  const changed = withHosts(crlf(withHosts(text, at('172.18.0.9'))), at('172.18.0.7'))
  expect(changed).toBe(withHosts('', at('172.18.0.7')) + crlf(text))
})

it('never writes an address with a zone, which PostgreSQL refuses together with the whole file', () => {
  expect(withHosts(text, at('fe80::1%eth0'))).toBe(text)
  expect(withHosts(text, at('fe80::1%eth0', '172.18.0.9'))).toBe(withHosts(text, at('172.18.0.9')))
})
