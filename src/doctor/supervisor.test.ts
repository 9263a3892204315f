import { describe, expect, it } from 'vitest'
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
const judged = (answer: Answer, minutes = 1) => judgeSupervisor(answer, 'here', now(minutes)).complaints

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
        id: 'component.sql',
        level: 'error',
        text: `sql has failed (since ${since}, 3 attempts)`,
        cause:
          '1 of 3 files failed\n10-tables.sql: failed: line 3: syntax error (42601)\n20-more.sql: pending',
      },
    ])
  })

  it('that still starts is a warning, and an error once it is stuck', () => {
    const answer = answering({ state: 'pending', reason: 'waits for the database' })
    expect(judged(answer, 1)).toMatchObject([
      { level: 'warn', text: `sql is not ready yet: pending since ${since}` },
    ])
    expect(judged(answer, 12)).toMatchObject([
      { level: 'error', text: `sql is not ready yet: pending since ${since}, stuck for 12 minutes` },
    ])
  })

  it('that stops, or does not get on, says so', () => {
    expect(judged(answering({}, { phase: 'stopping', stopReason: 'SIGTERM' }))).toMatchObject([
      { id: 'supervisor.stopping', level: 'warn', cause: 'SIGTERM' },
    ])
    expect(judged(answering({}, {}, 'no move for 200 s'))).toMatchObject([
      { id: 'supervisor.stalled', level: 'error', text: 'the supervisor does not get on: no move for 200 s' },
    ])
  })

  it.each([
    [answering({}), { kind: 'unknown', reason: '' }, 'here', undefined],
    [silence, { kind: 'here', pid: 7 }, 'silent', 'error supervisor.silent'],
    [silence, { kind: 'elsewhere' }, 'elsewhere', 'warn supervisor.elsewhere'],
    [silence, { kind: 'nobody' }, 'nowhere', 'warn supervisor.none'],
    [silence, { kind: 'unknown', reason: '' }, 'nowhere', 'warn supervisor.none'],
  ] as const)('%j with a lock held by %j runs %s', (answer, holder, where, finding) => {
    const running = whereItRuns(answer, holder)
    const [complaint] = judgeSupervisor(answer, running, now(0)).complaints
    expect(running).toBe(where)
    expect(complaint && `${complaint.level} ${complaint.id}`).toBe(finding)
  })
})
