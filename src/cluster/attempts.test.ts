import { expect, it } from 'vitest'
import { attemptsAt, mostAttempts, noAttempts, turnOf, withAttempt } from './attempts.ts'
import { server } from './cluster.fixture.ts'
import type { Step } from './judge.ts'

const step = (...dbids: number[]): Step => ({ kind: 'start', servers: dbids.map((dbid) => server(dbid)) })

it('a step is tried at once, then after longer and longer pauses, and after the last attempt no more', () => {
  let attempts = attemptsAt(step(2), noAttempts)
  const pauses: number[] = []
  for (let now = 0; turnOf(attempts, now) !== 'given-up'; now = attempts.notBeforeMs) {
    expect(turnOf(attempts, now)).toBe('now')
    attempts = withAttempt(attempts, 'no', now)
    expect(turnOf(attempts, attempts.notBeforeMs - 1)).not.toBe('now')
    pauses.push((attempts.notBeforeMs - now) / 1000)
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300])
  expect(attempts.failure).toBe('no')
})

it('another step, or the same with other servers, begins anew', () => {
  const tired = { ...attemptsAt(step(2), noAttempts), count: mostAttempts }
  expect(turnOf(attemptsAt(step(2), tired), 0)).toBe('given-up')
  expect(turnOf(attemptsAt(step(2, 3), tired), 0)).toBe('now')
  expect(turnOf(attemptsAt({ ...step(2), kind: 'recover' } as Step, tired), 0)).toBe('now')
  expect(attemptsAt({ kind: 'none' }, tired)).toEqual(noAttempts)
})
