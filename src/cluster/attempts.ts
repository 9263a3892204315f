/**
 * How often a step is tried, and when again: at once, then after longer and longer pauses, then no more, until
 * something about the cluster changes. Pure.
 */
import type { Step } from './judge.ts'

export interface Attempts {
  /** What was tried. */
  readonly subject: string
  readonly count: number
  readonly notBeforeMs: number
  readonly failure: string
}

export const noAttempts: Attempts = { subject: '', count: 0, notBeforeMs: 0, failure: '' }

export const mostAttempts = 8
const firstPauseMs = 5000
const longestPauseMs = 5 * 60_000

export const subjectOf = (step: Step): string =>
  step.kind === 'none' ? '' : [step.kind, ...step.servers.map(({ dbid }) => dbid)].join(' ')

/** The attempts at this step so far: none, if the last ones were at another. */
export const attemptsAt = (step: Step, last: Attempts): Attempts =>
  last.subject === subjectOf(step) ? last : { ...noAttempts, subject: subjectOf(step) }

export type Turn = 'now' | 'later' | 'given-up'

export function turnOf({ count, notBeforeMs }: Attempts, nowMs: number): Turn {
  if (count >= mostAttempts) return 'given-up'
  return nowMs >= notBeforeMs ? 'now' : 'later'
}

/** @param failure of this attempt; empty if it succeeded, which counts as well: what helps does not come again */
export function withAttempt(attempts: Attempts, failure: string, nowMs: number): Attempts {
  const count = attempts.count + 1
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (count - 1))
  return { ...attempts, count, notBeforeMs: nowMs + pauseMs, failure }
}
