import { describe, expect, it } from 'vitest'
import { yesSince } from './container.ts'
import { parseOptions } from './options.ts'
import { readCosts } from './round.ts'
import { timesIn } from './rows.ts'

describe('what the probe prints', () => {
  const changes = [
    { what: 'database', ok: true, at: 100 },
    { what: 'pxf', ok: true, at: 120 },
    // The temporary server of a first start is stopped.
    { what: 'database', ok: false, at: 200 },
    { what: 'database', ok: true, at: 300 },
  ] as const

  it('counts from the last time on that the answer became yes', () => {
    expect(yesSince(changes, ['database', 'pxf'], 0)).toEqual(
      new Map([
        ['database', 300],
        ['pxf', 120],
      ]),
    )
    expect(yesSince(changes.slice(0, 3), ['database', 'pxf'], 0)).toBeUndefined()
    expect(yesSince(changes, ['database', 'extension'], 0)).toBeUndefined()
  })

  it('does not count what was yes before the time that is asked about', () => {
    expect(yesSince(changes, ['pxf'], 121)).toBeUndefined()
    expect(yesSince(changes, ['database'], 121)).toEqual(new Map([['database', 300]]))
  })
})

describe('what the tools print', () => {
  it('is CPU of the checks with what the supervisor spent on them, their time, and the memory', () => {
    const text = `200000 4\nVmRSS:\t   66560 kB\n0m0.010s 0m0.020s\n0m0.040s 0m0.080s\n`
    // 120 ms of the children and four ticks of 10 ms, over 40 checks.
    expect(readCosts(text, 40)).toEqual({ cpu: 4, wall: 5, memory: 65 })
    expect(readCosts('', 40)).toEqual({ cpu: NaN, wall: NaN, memory: NaN })
  })

  it('is the median of the times of psql', () => {
    expect(
      timesIn('1000000|3\nTime: 2712.415 ms (00:02.712)\n1|3\nTime: 900.5 ms\n1|3\nTime: 3000.1 ms\n'),
    ).toBe(2712.415)
    expect(timesIn('')).toBeNaN()
  })
})

describe('the options', () => {
  it('are the sides and their environment', () => {
    const words = ['--volume', 'bind', '--env', 'A=1', '--variant', 'off:B=2,C=x:y=z', '--without', 'rows']
    expect(parseOptions(words, { BENCH_IMAGE: 'real:6', BENCH_ROUNDS: '7' })).toMatchObject({
      base: 'real:6',
      name: 'real:6',
      rounds: 7,
      volume: 'bind mount',
      variants: [
        { name: 'gp-supervisor', environment: { A: '1' } },
        { name: 'off', environment: { A: '1', B: '2', C: 'x:y=z' } },
      ],
      without: new Set(['rows']),
    })
    expect(parseOptions([], {})).toMatchObject({
      base: undefined,
      name: 'the stand-in',
      rounds: 5,
      volume: 'named volume',
    })
    expect(parseOptions(['--help'], {})).toBeUndefined()
  })

  it('say what is wrong with them', () => {
    expect(() => parseOptions(['--volume', 'disk'], {})).toThrow(
      '--volume takes named, bind or tmpfs, not "disk"',
    )
    expect(() => parseOptions(['--env', 'A'], {})).toThrow('"A" is no NAME=VALUE')
    expect(() => parseOptions(['--without', 'stop'], {})).toThrow(
      '--without takes rows, image or pxf, not stop',
    )
    expect(() => parseOptions([], { BENCH_ROUNDS: '0' })).toThrow('BENCH_ROUNDS takes a whole number')
    expect(() => parseOptions(['--rounds', '3'], {})).toThrow("Unknown option '--rounds'")
  })
})
