import { describe, expect, it } from 'vitest'
import { alone, seen, withoutMirrors } from './cluster.fixture.ts'
import { judge, type Seen } from './judge.ts'

const judged = (what: Seen) => {
  const { troubles, step } = judge(what)
  return {
    troubles: troubles.map(({ kind, server }) => `${server.dbid} ${kind}`),
    step: step.kind === 'none' ? 'none' : `${step.kind} ${step.servers.map(({ dbid }) => dbid).join(' ')}`,
  }
}
const silent = (...dbids: number[]) => ({ silent: new Set(dbids) })

describe('a whole cluster', () => {
  it.each([
    ['with mirrors and a standby', seen()],
    ['with primaries only', seen({ ...withoutMirrors, 2: alone, 3: alone })],
  ])('%s needs nothing', (_, whole) => {
    expect(judged(whole)).toEqual({ troubles: [], step: 'none' })
  })
})

describe('a primary that does not respond', () => {
  it('is started where there is no mirror', () => {
    expect(judged(seen({ ...withoutMirrors, 2: alone, 3: alone }, silent(2)))).toEqual({
      troubles: ['2 not-running'],
      step: 'start 2',
    })
  })

  it('is left to the promotion of its mirror where there is one that responds', () => {
    expect(judged(seen({}, silent(2)))).toEqual({ troubles: ['2 not-running'], step: 'none' })
  })

  it('is started where its mirror cannot be promoted: marked as down, or gone as well', () => {
    expect(judged(seen({ 2: alone, 4: { up: false, inSync: false } }, silent(2))).step).toBe('start 2')
    expect(judged(seen({}, silent(2, 3, 4, 5))).step).toBe('start 2 3')
  })

  it('is never one that the catalog has as a mirror', () => {
    const promoted = seen(
      {
        2: { role: 'mirror', up: false, inSync: false },
        4: { role: 'primary', inSync: false },
      },
      silent(2),
    )
    expect(judged(promoted)).toEqual({ troubles: ['2 down', '4 swapped'], step: 'recover 2' })
  })

  it('comes before any mirror: gprecoverseg needs a primary to copy from', () => {
    const both = seen(
      { 2: alone, 4: { up: false, inSync: false }, 5: { up: false, inSync: false } },
      silent(2),
    )
    expect(judged(both).step).toBe('start 2')
    const waiting = seen({ 5: { up: false, inSync: false } }, silent(2))
    expect(judged(waiting).step).toBe('recover 5')
  })
})

describe('a mirror', () => {
  it('that is down is recovered; one that catches up is waited for', () => {
    expect(judged(seen({ 3: alone, 5: { up: false, inSync: false } }))).toEqual({
      troubles: ['5 down'],
      step: 'recover 5',
    })
    expect(judged(seen({ 3: alone, 5: { inSync: false } }))).toEqual({
      troubles: ['5 catching-up'],
      step: 'none',
    })
  })
})

describe('preferred roles', () => {
  const swapped = { 2: { role: 'mirror' }, 4: { role: 'primary' } } as const

  it('are restored once everything is in sync and no session is busy', () => {
    expect(judged(seen(swapped))).toEqual({ troubles: ['2 swapped', '4 swapped'], step: 'rebalance 2 4' })
    expect(judged(seen(swapped, { busySessions: 1 })).step).toBe('none')
    expect(judged(seen({ ...swapped, 5: { inSync: false } })).step).toBe('none')
    expect(judged(seen(swapped, { standbyStreams: false })).step).toBe('none')
  })
})

describe('the standby', () => {
  it('is started where it does not run; where it runs, that would not help', () => {
    expect(judged(seen({}, { standbyStreams: false, ...silent(6) }))).toEqual({
      troubles: ['6 down'],
      step: 'start 6',
    })
    expect(judged(seen({}, { standbyStreams: false }))).toEqual({ troubles: ['6 down'], step: 'none' })
  })

  it('is created where it is wanted and there is none, after all that is broken', () => {
    const without = { 6: 'none' } as const
    const wanted = { standbyHost: 'spare', standbyStreams: false }
    expect(judged(seen(without, wanted))).toEqual({ troubles: ['0 missing'], step: 'create-standby 0' })
    expect(judge(seen(without, wanted)).troubles[0]?.server).toMatchObject({
      content: -1,
      role: 'mirror',
      hostname: 'spare',
      port: 5432,
      directory: '/data/master/gpseg-1',
    })
    expect(judged(seen({ ...without, 5: { up: false, inSync: false } }, wanted)).step).toBe('recover 5')
    // Not wanted, or there already, wherever it is.
    expect(judged(seen(without, { standbyStreams: false }))).toEqual({ troubles: [], step: 'none' })
    expect(judged(seen({}, { standbyHost: 'elsewhere' }))).toEqual({ troubles: [], step: 'none' })
  })
})
