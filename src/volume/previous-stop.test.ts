import { describe, expect, it } from 'vitest'
import { adviceFor } from '../findings/advice.ts'
import { previousStopFindings, previousStopSentence } from './previous-stop.ts'
import type { LastStop, PreviousStop } from './state.ts'

const stop: LastStop = {
  at: '2026-11-21T07:16:00.000Z',
  reason: 'SIGTERM',
  exitCode: 0,
  proven: true,
  seconds: 4.712,
  phase: 'ready',
  directories: [{ path: '/data/master/gpseg-1', state: 'shut down' }],
}
const open = [
  ...stop.directories,
  { path: '/data/00/primary/gpseg0', state: 'in production' },
  { path: '/data/01/primary/gpseg1', state: 'shut down, still running' },
]

describe('the previous stop in a sentence', () => {
  it.each<[PreviousStop, string]>([
    [{ kind: 'none' }, 'none; this volume had no run before'],
    [{ kind: 'unknown', reason: 'EACCES' }, 'unknown; its record cannot be read: EACCES'],
    [{ kind: 'unclean', startedAt: stop.at }, `killed without a stop; that run began at ${stop.at}`],
    [
      { kind: 'unclean', startedAt: 'T', stopBeganAt: stop.at, stoppedForSeconds: 10 },
      `killed 10 s into the stop that began at ${stop.at}`,
    ],
    [{ kind: 'stopped', stop }, `clean and verified, at ${stop.at}, in 4.7 s (SIGTERM)`],
    [
      { kind: 'stopped', stop: { ...stop, exitCode: 69, reason: 'the coordinator died' } },
      `clean and verified, at ${stop.at}, in 4.7 s, exit code 69 (the coordinator died)`,
    ],
    [
      { kind: 'stopped', stop: { ...stop, proven: false, exitCode: 75, directories: open } },
      `not verified, at ${stop.at}, in 4.7 s, exit code 75 (SIGTERM); not shut down: /data/00/primary/gpseg0 (in production), /data/01/primary/gpseg1 (shut down, still running)`,
    ],
    [
      { kind: 'stopped', stop: { ...stop, proven: false, exitCode: 75, directories: [] } },
      `not verified, at ${stop.at}, in 4.7 s, exit code 75 (SIGTERM); no server was found`,
    ],
    [
      { kind: 'stopped', stop: { ...stop, proven: false, firstStartUnfinished: true, directories: open } },
      `in a first start, which begins again, at ${stop.at}, in 4.7 s (SIGTERM)`,
    ],
  ])('%#', (previous, sentence) => {
    expect(previousStopSentence(previous)).toBe(sentence)
  })

  it('has a finding where a stop is not verified, but not for a first start that begins again', () => {
    const unproven = { ...stop, proven: false, directories: open }
    const ids = (ended: LastStop) =>
      previousStopFindings(
        { kind: 'stopped', stop: ended },
        'x',
        adviceFor({ kind: 'docker', container: 'c' }),
      ).map(({ id }) => id)
    expect(ids(unproven)).toEqual(['stop.unproven'])
    expect(ids({ ...unproven, firstStartUnfinished: true })).toEqual([])
  })
})
