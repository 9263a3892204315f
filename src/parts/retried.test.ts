import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep } from '../time.ts'
import { retried } from './retried.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const passing = Object.assign(new Error('locked'), { code: '55P03' })

/** @returns when each try began and when it was given up, in ms */
async function tryFor(ms: number): Promise<{ begun: number[]; end: number; told: number }> {
  const begun: number[] = []
  const told = vi.fn<() => void>()
  const start = performance.now()
  const work = async () => {
    begun.push(performance.now() - start)
    await sleep(ms)
    throw passing
  }
  const outcome = retried(work, new AbortController().signal, told).catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  expect(await outcome).toBe(passing)
  return { begun, end: performance.now() - start, told: told.mock.calls.length }
}

describe('what passes by itself', () => {
  it.each([1, 7000, 66_000])('is tried again for two minutes, where a try takes %i ms', async (ms) => {
    const { begun, end, told } = await tryFor(ms)
    expect(begun.at(-1)).toBeLessThanOrEqual(120_010)
    expect(end).toBeGreaterThan(119_000)
    expect(told).toBe(begun.length - 1)
  })

  it('is not what fails for good', async () => {
    const work = vi.fn<() => Promise<void>>().mockRejectedValue(new Error('no such column'))
    await expect(retried(work, new AbortController().signal)).rejects.toThrow('no such column')
    expect(work).toHaveBeenCalledOnce()
  })
})
