import { describe, expect, it } from 'vitest'
import { nextRestart } from './restart-policy.ts'

const delays = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const deaths = Array.from({ length: i + 1 }, (_unused, at) => at)
    const next = nextRestart(deaths, 10, 0.5)
    return next.kind === 'again' ? next.delayMs : next.kind
  })

describe('nextRestart', () => {
  it('doubles its patience and gives up after five restarts in 300 s', () => {
    expect(delays(6)).toEqual([1000, 2000, 4000, 8000, 16_000, 'give-up'])
  })

  it('forgets deaths that are older than 300 s', () => {
    expect(nextRestart([0, 1, 2, 3, 400_000], 400_000, 0.5)).toEqual({ kind: 'again', delayMs: 1000 })
  })

  it('spreads the delay by a quarter to either side', () => {
    expect([0, 1].map((random) => nextRestart([0], 0, random))).toEqual([
      { kind: 'again', delayMs: 750 },
      { kind: 'again', delayMs: 1250 },
    ])
  })
})
