import { describe, expect, it } from 'vitest'
import { letsClientsIn } from '../hba/rule.ts'
import { timeZoneOf, withHostRules, withTimeZone, withoutHostRules } from './addresses.ts'

/** As gpinitsystem and the start script leave it. */
const coordinator = `# comment
local    all         gpadmin         ident
host     all         gpadmin         127.0.0.1/28    trust
host     all         gpadmin         172.30.0.2/32       trust
host     all         gpadmin         ::1/128       trust
host     all         gpadmin         fe80::44fb:8cff:fe71:3e9b/128       trust
local    replication gpadmin         ident
host     replication gpadmin         samehost       trust
host     replication gpadmin         172.30.0.2/32       trust
host all all 0.0.0.0/0 md5
host all all ::0/0 md5
host all analyst 10.0.0.0/8 md5
`

describe('the rules of an archive', () => {
  it('are those that do not belong to the building host', () => {
    expect(withoutHostRules(coordinator)).toBe(`# comment
local    all         gpadmin         ident
host     all         gpadmin         127.0.0.1/28    trust
host     all         gpadmin         ::1/128       trust
local    replication gpadmin         ident
host     replication gpadmin         samehost       trust
host all analyst 10.0.0.0/8 md5
`)
  })

  it('do not let clients in, by which a complete cluster would be recognized', () => {
    expect(letsClientsIn(withoutHostRules(coordinator))).toBe(false)
    expect(letsClientsIn(coordinator)).toBe(true)
    expect(letsClientsIn(withoutHostRules('host  all all 0.0.0.0/0 scram-sha-256\n'))).toBe(false)
  })

  it('get the addresses of this host, on a segment for everybody, as the coordinator comes from there', () => {
    const addresses = ['172.18.0.5', 'fe80::1']
    expect(withHostRules('a\n', { user: 'gpadmin', addresses, isCoordinator: true })).toBe(
      'a\nhost all gpadmin 172.18.0.5/32 trust\nhost all gpadmin fe80::1/128 trust\n',
    )
    expect(withHostRules('a', { user: 'gpadmin', addresses: ['10.0.0.1'], isCoordinator: false })).toBe(
      'a\nhost all all 10.0.0.1/32 trust\nhost all gpadmin 10.0.0.1/32 trust\n',
    )
    expect(withHostRules('a\n', { user: 'gpadmin', addresses: [], isCoordinator: true })).toBe('a\n')
  })
})

describe('the time zone', () => {
  const conf =
    "log_timezone = 'Etc/UTC'\t# comment\n#timezone = 'GMT'\ntimezone = 'Etc/UTC'\ndatestyle = 'iso'\n"

  it('is found and changed where gpinitsystem wrote it', () => {
    expect(timeZoneOf(conf)).toBe('Etc/UTC')
    expect(withTimeZone(conf, 'Etc/UTC', 'Europe/Moscow')).toBe(
      "log_timezone = 'Europe/Moscow'\t# comment\n#timezone = 'GMT'\ntimezone = 'Europe/Moscow'\ndatestyle = 'iso'\n",
    )
  })

  it('stays where somebody chose another', () => {
    expect(withTimeZone("timezone = 'Asia/Tokyo'\n", 'Etc/UTC', 'Europe/Moscow')).toBe(
      "timezone = 'Asia/Tokyo'\n",
    )
  })
})
