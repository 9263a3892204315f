import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { finding } from '../findings/finding.ts'
import type { ComponentStatus } from '../health/components.ts'
import type { Snapshot } from '../health/report.ts'
import { judgeSupervisor, whereItRuns, type Answer } from './supervisor.ts'

const since = '2026-11-21T07:00:00.000Z'
const now = (minutes: number) => Date.parse(since) + minutes * 60_000

function answering(status: Partial<ComponentStatus>, more: Partial<Snapshot> = {}, stalled = ''): Answer {
  const component = { state: 'ready', since, reason: '', attempts: 0, ...status }
  const snapshot = { phase: 'ready', startedAt: since, components: { sql: component }, ...more }
  return { kind: 'snapshot', snapshot: snapshot as unknown as Snapshot, stalled }
}
const silence: Answer = { kind: 'silence', reason: 'nothing listens there' }
const judged = (answer: Answer, minutes = 1) =>
  judgeSupervisor(answer, { running: 'here', advice }, now(minutes)).findings

describe('the supervisor', () => {
  it('that is ready gives no reason to complain', () => {
    expect(judged(answering({}))).toEqual([])
    expect(judged(answering({ state: 'disabled', reason: 'none' }))).toEqual([])
  })

  it('tells of a component that failed, with the reasons of its parts', () => {
    const entries = [
      { name: '10-tables.sql', state: 'failed', at: since, reason: 'line 3: syntax error (42601)' },
      { name: '20-more.sql', state: 'pending', at: since, reason: '' },
      { name: '00-schema.sql', state: 'ready', at: since, reason: '' },
    ] as const
    expect(
      judged(answering({ state: 'failed', reason: '1 of 3 files failed', attempts: 3, entries })),
    ).toMatchObject([
      {
        id: 'component.failed',
        where: 'sql',
        severity: 'error',
        text: `sql has failed (since ${since}, 3 attempts)`,
        cause:
          '1 of 3 files failed\n10-tables.sql: failed: line 3: syntax error (42601)\n20-more.sql: pending',
      },
    ])
  })

  it('passes on what was found out about the data, which nobody else looks at', () => {
    const found = finding('data.source', { text: 'the source database is not reached', where: 'READY_SQL' })
    const reason = 'READY_SQL in gp_dwh: …'
    expect(judged(answering({ state: 'failed', reason, finding: found }))).toEqual([found])
    // Of PXF the doctor has its own look.
    const down = finding('pxf.down', { text: 'PXF is down' })
    expect(judged(answering({ state: 'failed', reason, finding: down }))).toMatchObject([
      { id: 'component.failed', cause: reason },
    ])
  })

  it('passes on what it sees of other hosts, with every server, also while it serves', () => {
    const found = finding('database.cluster', {
      severity: 'warning',
      text: 'the cluster serves, but it is not whole',
      cause: 'the last attempt failed',
      fix: 'start the host one',
    })
    const entries = [
      { name: 'content 0 on one:6000', state: 'failed', at: since, reason: 'is down (mirror, not in sync)' },
      { name: 'content 0 on two:7000', state: 'pending', at: since, reason: 'has swapped roles (primary)' },
    ] as const
    const all = {
      ...found,
      cause:
        'the last attempt failed\ncontent 0 on one:6000 is down (mirror, not in sync)\ncontent 0 on two:7000 has swapped roles (primary)',
    }
    expect(judged(answering({ finding: found, entries }))).toEqual([all])
    expect(judged(answering({ state: 'failed', finding: found, entries }))).toEqual([all])
  })

  it('that still starts is a warning, and an error once it is stuck', () => {
    const answer = answering({ state: 'pending', reason: 'waiting for the database' })
    expect(judged(answer, 1)).toMatchObject([
      { severity: 'warning', text: `sql is not ready yet: pending since ${since}` },
    ])
    expect(judged(answer, 12)).toMatchObject([
      { severity: 'error', text: `sql is not ready yet: pending since ${since}, stuck for 12 minutes` },
    ])
  })

  it('that stops, or does not get on, says so', () => {
    expect(judged(answering({}, { phase: 'stopping', stopReason: 'SIGTERM' }))).toMatchObject([
      { id: 'supervisor.stopping', severity: 'warning', cause: 'SIGTERM' },
    ])
    expect(judged(answering({}, {}, 'no move for 200 s'))).toMatchObject([
      {
        id: 'supervisor.stalled',
        severity: 'error',
        text: 'the supervisor makes no progress: no move for 200 s',
      },
    ])
  })

  it.each([
    [answering({}), { kind: 'unknown', reason: '' }, 'here', undefined],
    [silence, { kind: 'here', pid: 7 }, 'silent', 'error supervisor.silent'],
    [silence, { kind: 'elsewhere' }, 'elsewhere', 'warning supervisor.elsewhere'],
    [silence, { kind: 'nobody' }, 'nowhere', 'warning supervisor.none'],
    [silence, { kind: 'unknown', reason: '' }, 'nowhere', 'warning supervisor.none'],
  ] as const)('%j with a lock held by %j runs %s', (answer, holder, where, expected) => {
    const running = whereItRuns(answer, holder)
    const [first] = judgeSupervisor(answer, { running, advice }, now(0)).findings
    expect(running).toBe(where)
    expect(first && `${first.severity} ${first.id}`).toBe(expected)
  })
})
