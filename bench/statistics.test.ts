import { describe, expect, it } from 'vitest'
import { ratioOf, summaryOf, type Side } from './statistics.ts'

const side = (samples: Side['samples']): Side => ({ name: 's', image: 'i', environment: {}, samples })

describe('the statistics', () => {
  it('are a median with its spread, of an odd and of an even number of values', () => {
    expect(summaryOf([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100, rounds: 3 })
    expect(summaryOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4, rounds: 4 })
    expect(summaryOf([7])).toEqual({ median: 7, min: 7, max: 7, rounds: 1 })
    expect(summaryOf([])).toBeUndefined()
  })

  it('compare medians, where both sides have one', () => {
    const plain = side({ stop: [4, 6, 5], memory: [0] })
    expect(ratioOf(plain, side({ stop: [1, 2, 90] }), 'stop')).toBe(0.4)
    expect(ratioOf(plain, side({ memory: [60] }), 'memory')).toBeUndefined()
    expect(ratioOf(plain, side({ livez: [1] }), 'livez')).toBeUndefined()
    expect(ratioOf(undefined, side({ stop: [1] }), 'stop')).toBeUndefined()
  })
})
