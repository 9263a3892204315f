import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionTarget } from '../greenplum/session.ts'
import type { Part, Work } from '../parts/part.ts'
import { sleep } from '../time.ts'
import { keepTrue, type Member } from './rounds.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const target = {} as SessionTarget

/** Members that write down what they are asked; a first round of theirs takes as long as `ms` says. */
function crewOf(
  parts: readonly (Pick<Part, 'name' | 'after'> & { ms?: number; isWanted?: () => boolean })[],
) {
  const asked: string[] = []
  const members = parts.map(({ name, after, ms = 0, isWanted = () => true }): Member => {
    const work: Work = {
      reconcile: async ({ isFirst }) => {
        asked.push(`${name} ${isFirst ? 'begins' : 'again'}`)
        if (isFirst) {
          await sleep(ms)
          asked.push(`${name} ends`)
        }
        return 'unchanged'
      },
      conclude: async () => void asked.push(`${name} concludes`),
      look: async () => void asked.push(`${name} looks`),
    }
    const part = {
      name,
      after,
      begins: () => ({ state: 'pending' as const, reason: '' }),
      create: () => work,
    }
    return { part, work, isWanted }
  })
  return { asked, members }
}

describe('the rounds', () => {
  it('begin with what a part comes after; the others go side by side', async () => {
    const { asked, members } = crewOf([
      { name: 'base', after: [], ms: 10 },
      { name: 'slow', after: ['base'], ms: 100 },
      { name: 'quick', after: ['base'], ms: 1 },
      { name: 'last', after: ['slow', 'quick'] },
    ])
    const run = new AbortController()
    const kept = keepTrue(members, { target, isServing: () => true }, run.signal)
    await vi.advanceTimersByTimeAsync(1000)
    run.abort()
    await kept
    expect(asked).toEqual([
      'base begins',
      'base ends',
      'slow begins',
      'quick begins',
      'quick ends',
      'slow ends',
      'last begins',
      'last ends',
      ...['base', 'slow', 'quick', 'last'].map((name) => `${name} concludes`),
    ])
  })

  it('look at everything before they restore anything, and only while the database serves', async () => {
    let serves = false
    const { asked, members } = crewOf([
      { name: 'one', after: [] },
      { name: 'off', after: [], isWanted: () => false },
      { name: 'two', after: ['one'] },
    ])
    const run = new AbortController()
    const kept = keepTrue(members, { target, isServing: () => serves }, run.signal)
    await vi.advanceTimersByTimeAsync(26_000)
    expect(asked.splice(0).filter((what) => /looks|again|off begins/.test(what))).toEqual([])
    serves = true
    await vi.advanceTimersByTimeAsync(25_000)
    expect(asked).toEqual(['one looks', 'two looks', 'one again', 'two again'])
    run.abort()
    await kept
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(4)
  })

  it('end with the run in the middle of the first one', async () => {
    const { asked, members } = crewOf([
      { name: 'one', after: [], ms: 50 },
      { name: 'two', after: ['one'] },
    ])
    const run = new AbortController()
    const kept = keepTrue(members, { target, isServing: () => true }, run.signal)
    await vi.advanceTimersByTimeAsync(10)
    run.abort()
    await vi.advanceTimersByTimeAsync(50)
    await kept
    expect(asked).toEqual(['one begins', 'one ends'])
  })

  it('do not swallow an error that nobody expected', async () => {
    const { members } = crewOf([{ name: 'one', after: [] }])
    const broken: Member = {
      ...(members[0] as Member),
      work: { reconcile: () => Promise.reject(new Error('x is undefined')) },
    }
    const kept = keepTrue([broken], { target, isServing: () => true }, new AbortController().signal)
    await expect(kept).rejects.toThrow('x is undefined')
  })
})
