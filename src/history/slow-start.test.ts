import { describe, expect, it } from 'vitest'
import { startOf } from './run.fixture.ts'
import { slowStart } from './slow-start.ts'

/** Medians: 2.5 s until gpdb, 3.1 s until pxf, 3.2 s in all. */
const usual = [2300, 2400, 2500, 2600, 9000].map((gpdb) =>
  startOf({ gpdb, pxf: gpdb + 600, ready: gpdb + 700 }),
)

describe('a slow start', () => {
  it('is reported with the stage that lost most, its time and the usual one', () => {
    expect(slowStart(startOf({ gpdb: 15_000, pxf: 15_500, ready: 16_000 }), usual)).toEqual({
      id: 'start.slow',
      severity: 'note',
      text: 'this start took 16.0 s; the median of 5 earlier ones of its kind is 3.2 s',
      cause: 'most of the time was lost before "gpdb ready": it came after 15.0 s, usually after 2.5 s',
      fix: '',
      where: '',
    })
  })

  it.each([
    ['the one that others waited for', { gpdb: 2500, pxf: 20_000, ready: 20_100 }, 'pxf ready'],
    ['the first of two side by side', { gpdb: 20_000, pxf: 21_000, ready: 21_100 }, 'gpdb ready'],
    ['the last, where the parts were in time', { gpdb: 2500, pxf: 3100, ready: 20_000 }, 'ready'],
  ])('names %s', (_what, times, stage) => {
    expect(slowStart(startOf(times), usual)?.cause).toContain(`before "${stage}"`)
  })

  it('leaves out stages that earlier runs did not have', () => {
    const run = startOf({ gpdb: 2500, pxf: 3100, ready: 20_000 })
    const stages = [...run.stages.slice(0, -1), { event: 'sql ready', ms: 19_900 }, ...run.stages.slice(-1)]
    expect(slowStart({ ...run, stages }, usual)?.cause).toContain('before "ready"')
  })

  it.each([
    ['as usual', 3300],
    ['more than 1.5 times the median, but not by 5 s', 8100],
  ])('is none: %s (control)', (_what, ready) => {
    expect(slowStart(startOf({ gpdb: 2500, pxf: 3100, ready }), usual)).toBeUndefined()
  })

  it('is none: by more than 5 s, but not 1.5 times the median (control)', () => {
    const long = [20_000, 20_000, 20_000, 20_000, 20_000].map((ready) =>
      startOf({ gpdb: 9000, pxf: 9000, ready }),
    )
    expect(slowStart(startOf({ gpdb: 9000, pxf: 9000, ready: 29_000 }), long)).toBeUndefined()
    expect(slowStart(startOf({ gpdb: 9000, pxf: 9000, ready: 31_000 }), long)).toBeDefined()
  })

  const slow = startOf({ gpdb: 15_000, pxf: 15_500, ready: 16_000 })
  it.each([
    ['of another version', { ...slow, versions: { supervisor: '0.2.0', greenplum: '6.27.1' } }],
    ['of another Greenplum', { ...slow, versions: { supervisor: '0.1.0', greenplum: '6.28.0' } }],
    ['of another image', { ...slow, image: 'greenplum7' }],
    ['of another kind', { ...slow, start: 'later-gpstart' as const }],
  ])('is compared with no start %s', (_what, run) => {
    expect(slowStart(slow, usual)).toBeDefined()
    expect(slowStart(run, usual)).toBeUndefined()
  })

  it('is compared with at least five, which were ready', () => {
    const { readyMs: _, ...neverReady } = slow
    expect(slowStart(slow, usual.slice(1))).toBeUndefined()
    expect(slowStart(slow, [...usual.slice(1), neverReady])).toBeUndefined()
    expect(slowStart(neverReady, usual)).toBeUndefined()
  })

  it('does not depend on the order in which versions became known', () => {
    expect(
      slowStart({ ...slow, versions: { greenplum: '6.27.1', supervisor: '0.1.0' } }, usual),
    ).toBeDefined()
  })
})
