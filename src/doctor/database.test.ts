import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { finding } from '../findings/finding.ts'
import { driftedAddresses, judgeDatabase, type DatabaseFacts, type SessionFacts } from './database.ts'
import type { Running } from './supervisor.ts'

const open: Extract<SessionFacts, { kind: 'open' }> = {
  kind: 'open',
  segments: [
    { name: 'content 0 (gpdbsne:6000)', down: false },
    { name: 'content 1 (gpdbsne:6001)', down: false },
  ],
  dispatch: { answered: 2, failure: '' },
  databases: ['postgres', 'gp_dwh'],
  missingDatabases: [],
  extensions: [{ database: 'gp_dwh', installed: '2.1', available: '2.1', failure: '' }],
  unverified: undefined,
  password: 'same',
}
const well: DatabaseFacts = {
  profile: greenplum6,
  user: 'gpadmin',
  host: 'gpdbsne',
  coordinatorDirectory: '/data/master/gpseg-1',
  servers: [{ path: '/data/master/gpseg-1', state: 'alive' }],
  session: open,
  hba: { path: 'pg_hba.conf', text: '', hasRule: true, ownAddresses: ['172.18.0.5'] },
}
const judged = (facts: Partial<DatabaseFacts>, running: Running = 'here') =>
  judgeDatabase({ ...well, ...facts }, { running, advice }).findings.map(
    ({ id, severity, text, cause }) => `${severity} ${id}: ${text}${cause === '' ? '' : ` | ${cause}`}`,
  )
const session = (more: Partial<typeof open>) => judged({ session: { ...open, ...more } })
const dead = [{ path: '/data/00/primary/gpseg0', state: 'dead' as const }]

describe('the database', () => {
  it('that is well gives no reason to complain', () => {
    expect(judgeDatabase(well, { running: 'here', advice })).toEqual({
      seen: '2 of 2 segments respond; extension pxf: 2.1 in gp_dwh',
      findings: [],
    })
  })

  it('that is not running is an error, unless the whole stand is not', () => {
    expect(judged({ session: undefined })).toEqual([
      'error database.down: the coordinator in /data/master/gpseg-1 is not running | there is no pid file: it was stopped, or did not start',
    ])
    expect(judged({ session: undefined, servers: dead })[0]).toContain(
      'it was killed (/data/00/primary/gpseg0)',
    )
    expect(judged({ session: undefined }, 'nowhere')).toEqual([])
    expect(judged({ session: undefined, servers: dead }, 'nowhere')).toEqual([
      'warning database.killed: servers were not shut down: /data/00/primary/gpseg0 | their pid files exist, but their processes do not',
    ])
    expect(judged({ session: undefined, servers: dead }, 'elsewhere')).toEqual([])
  })

  it('that lets nobody in says why', () => {
    expect(
      judged({
        session: { kind: 'refused', reason: 'the database system is starting up (57P03)', starting: true },
      }),
    ).toEqual([
      'error database.refused: the coordinator is running but accepts no session | the database system is starting up (57P03)',
    ])
  })

  it('is not called down where nobody can tell', () => {
    const servers = [{ path: '/data/master/gpseg-1', state: 'unknown' as const }]
    expect(judged({ session: undefined, servers })).toEqual([
      'warning database.unreadable: cannot tell whether the coordinator in /data/master/gpseg-1 is running | its pid file, or the process that it names, cannot be inspected',
    ])
  })

  it('names the segments that are down, and a query that fails on them', () => {
    const segments = [open.segments[0], { name: 'content 1 (gpdbsne:6001)', down: true }].filter(
      (one) => one !== undefined,
    )
    expect(session({ segments, dispatch: { answered: 0, failure: 'no (58M01)' } })).toEqual([
      'error database.segments: segments are down: content 1 (gpdbsne:6001) | no (58M01)',
    ])
    expect(session({ dispatch: { answered: 1, failure: '' } })).toEqual([
      'error database.segments: a query on every segment fails | 1 of 2 segments respond',
    ])
  })

  it('without the extension is told in the words of the error', () => {
    const extensions = [{ database: 'gp_dwh', installed: undefined, available: '2.1', failure: '' }]
    expect(session({ extensions, missingDatabases: ['other'] })).toEqual([
      'error database.missing: database "other" does not exist',
      'error extension.missing: extension pxf is missing in "gp_dwh": external tables fail with: protocol "pxf" does not exist | it was never created, or was dropped',
    ])
    const old = [{ database: 'gp_dwh', installed: '2.0', available: '2.1', failure: '' }]
    expect(session({ extensions: old })[0]).toMatch(
      /^warning extension.outdated: extension pxf in "gp_dwh" has version 2.0, but the image has 2.1/,
    )
  })

  it('that lost its rule, or has another password, will refuse logins', () => {
    const hba = { ...well.hba, hasRule: false }
    expect(judged({ hba })[0]).toContain('password authentication failed for user "gpadmin"')
    const unverified = finding('hba.unverified', {
      text: 'cannot connect to gpdbsne:5432',
      fix: 'see pg_hba.conf',
    })
    expect(judged({ hba, session: { ...open, unverified } })).toHaveLength(1)
    expect(judged({ hba, session: undefined }, 'nowhere')[0]).toMatch(/^note hba.rule/)
    expect(session({ unverified })).toEqual(['error hba.unverified: cannot connect to gpdbsne:5432'])
    expect(session({ password: 'different' })[0]).toMatch(
      /^warning database.password: GREENPLUM_PASSWORD differs/,
    )
  })
})

describe('the addresses of pg_hba.conf', () => {
  const text = (address: string) =>
    `local all gpadmin ident\nhost all gpadmin 127.0.0.1/28 trust\nhost all gpadmin ${address}/32 trust\n`

  it('have drifted when the one that is trusted is no more ours', () => {
    expect(driftedAddresses(text('172.18.0.4'), 'gpadmin', ['172.18.0.5'])).toEqual(['172.18.0.4'])
    expect(driftedAddresses(text('172.18.0.5'), 'gpadmin', ['172.18.0.5'])).toEqual([])
    expect(driftedAddresses(text('172.18.0.4'), 'other', ['172.18.0.5'])).toEqual([])
  })

  it('matter only where the rule is left alone', () => {
    const hba = { ...well.hba, text: text('172.18.0.4') }
    expect(judged({ hba })).toEqual([])
    expect(judged({ hba: { ...hba, hasRule: undefined } })[0]).toMatch(
      /^warning hba.address: pg_hba.conf trusts 172.18.0.4, but the address of this container is now 172.18.0.5/,
    )
  })
})
