import { describe, expect, it } from 'vitest'
import type { LastStop, PreviousStop } from '../volume/state.ts'
import { clean, startOf } from './run.fixture.ts'
import { closed, endOf, historySchema, mostPhases, mostRuns, runOf, withRun, type Run } from './run.ts'

const startedAt = '2026-11-27T07:00:00.000Z'
const present = {
  startedAt,
  image: { family: 'greenplum6', chosen: 'set', reason: '' },
  versions: { supervisor: '0.1.0' },
}
const event = (name: string, ms: number) => ({ at: startedAt, event: name, ms })
const stop: LastStop = {
  ...clean,
  directories: [{ path: '/data/master/gpseg-1', state: 'shut down' }],
}

describe('a run', () => {
  it('has its timeline until it was first ready, and how often it was ready and degraded after that', () => {
    const timeline = [
      event('starting', 400),
      event('ready', 3000),
      event('pxf failed', 9000),
      event('degraded', 9000),
      event('ready', 12_000),
      event('stopping', 20_000),
    ]
    expect(runOf({ ...present, start: 'later-fast', timeline })).toEqual({
      startedAt,
      image: 'greenplum6',
      versions: { supervisor: '0.1.0' },
      start: 'later-fast',
      readyMs: 3000,
      stages: [
        { event: 'starting', ms: 400 },
        { event: 'ready', ms: 3000 },
      ],
      phases: [
        { event: 'degraded', ms: 9000 },
        { event: 'ready', ms: 12_000 },
      ],
    })
  })

  it('that was never ready has all that it came to', () => {
    const run = runOf({ ...present, timeline: [event('starting', 400), event('degraded', 900)] })
    expect(run).not.toHaveProperty('readyMs')
    expect(run.stages.map(({ event: name }) => name)).toEqual(['starting', 'degraded'])
    expect(run.phases).toEqual([])
  })

  it('keeps the first and the last events of many', () => {
    const changes = Array.from({ length: 90 }, (_, n) => event(n % 2 === 0 ? 'degraded' : 'ready', 100 + n))
    const { stages, phases } = runOf({
      ...present,
      timeline: [
        ...Array.from({ length: 90 }, (_, n) => event('pxf starting', n)),
        event('ready', 99),
        ...changes,
      ],
    })
    expect([stages.length, stages[0]?.ms, stages.at(-1)]).toEqual([40, 0, { event: 'ready', ms: 99 }])
    expect([phases.length, phases[0]?.ms, phases.at(-1)?.ms]).toEqual([mostPhases, 100, 189])
  })
})

describe('the runs', () => {
  it('are the last fifty', () => {
    let runs: readonly Run[] = []
    for (let n = 1; n <= mostRuns + 2; n++)
      runs = withRun(runs, { ...runOf({ ...present, timeline: [] }), readyMs: n })
    expect([runs.length, runs[0]?.readyMs, runs.at(-1)?.readyMs]).toEqual([mostRuns, 3, mostRuns + 2])
  })

  it('keep what a newer version added', () => {
    const text = {
      version: 1,
      runs: [{ ...startOf({ gpdb: 1, pxf: 2, ready: 3 }), colour: 'green' }],
      more: 1,
    }
    expect(historySchema.parse(text)).toEqual(text)
  })
})

describe('the end of a run', () => {
  it('is what the stop recorded, with a reason of bearable length', () => {
    expect(endOf(stop)).toEqual({ ...clean, seconds: 1.2 })
    expect(endOf({ ...stop, reason: 'x'.repeat(9000) })).toMatchObject({ reason: 'x'.repeat(500) })
  })

  const open = { ...runOf({ ...present, timeline: [] }) }
  const older = { ...open, startedAt: '2026-11-20T00:00:00.000Z' }
  it.each([
    ['nothing is known of it', { kind: 'none' }, { how: 'killed' }],
    ['nothing can be read', { kind: 'unknown', reason: 'EIO' }, { how: 'killed' }],
    ['it was killed', { kind: 'unclean', startedAt }, { how: 'killed' }],
    [
      'it was killed in its stop',
      { kind: 'unclean', startedAt, stopBeganAt: startedAt, stoppedForSeconds: 9 },
      { how: 'killed', stoppedForSeconds: 9 },
    ],
    ['it was stopped, and only the history lacks that', { kind: 'stopped', startedAt, stop }, endOf(stop)],
    [
      'a version without a history ran and stopped since',
      { kind: 'stopped', startedAt: '2026-11-28T00:00:00.000Z', stop },
      { how: 'killed' },
    ],
    [
      'a version without a history was killed in its stop since',
      { kind: 'unclean', startedAt: '2026-11-28T00:00:00.000Z', stoppedForSeconds: 9 },
      { how: 'killed' },
    ],
    ['the start of the run that stopped is unknown', { kind: 'stopped', stop }, { how: 'killed' }],
  ] satisfies [string, PreviousStop, object][])(
    'that did not record its own, where %s',
    (_what, previous, end) => {
      const ended = { ...older, end: clean }
      expect(closed([ended, open], previous)).toEqual([ended, { ...open, end }])
    },
  )
})
