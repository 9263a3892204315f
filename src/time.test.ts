import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DeadlineError, deadline, longestTimerMs, sleep } from './time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a deadline', () => {
  it('aborts when its time is over', () => {
    const { signal } = deadline(1000)
    vi.advanceTimersByTime(999)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(signal.reason).toEqual(new DeadlineError('no response within 1.0 s'))
  })
})

describe('timers', () => {
  it('are never longer than Node can hold, where they would fire at once', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const { clear } = deadline(longestTimerMs + 1)
    void sleep(Infinity)
    clear()
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([longestTimerMs, longestTimerMs])
  })
})
