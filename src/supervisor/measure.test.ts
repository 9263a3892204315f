import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { gauge, single } from '../health/exposition.ts'
import { createMeasure } from './measure.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const one = (name: string) => [gauge(name, '', single(1))]
const names = async (measure: ReturnType<typeof createMeasure>) => (await measure()).map(({ name }) => name)

it('a part that fails or hangs is left out after a second; the others are measured', async () => {
  const measure = createMeasure([
    async () => one('a'),
    async () => {
      throw new Error('EIO')
    },
    () => new Promise(() => {}),
    async () => one('b'),
  ])
  const answer = names(measure)
  await vi.advanceTimersByTimeAsync(999)
  let settled = false
  void answer.finally(() => (settled = true))
  await vi.advanceTimersByTimeAsync(0)
  expect(settled).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await answer).toEqual(['a', 'b'])
  expect(vi.getTimerCount()).toBe(0)
})

it('a part that has not answered is not asked again, and its signal aborts', async () => {
  const asked: AbortSignal[] = []
  let finish = () => {}
  const measure = createMeasure([
    (signal) => {
      asked.push(signal)
      return new Promise((resolve) => (finish = () => resolve(one('a'))))
    },
  ])
  const answers = Promise.all([names(measure), names(measure), names(measure)])
  await vi.advanceTimersByTimeAsync(1000)
  expect(await answers).toEqual([[], [], []])
  const later = names(measure)
  expect(asked.map(({ aborted }) => aborted)).toEqual([true])
  finish()
  expect(await later).toEqual(['a'])
  const next = names(measure)
  expect(asked).toHaveLength(2)
  finish()
  expect(await next).toEqual(['a'])
})
