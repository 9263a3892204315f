import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import type { PreviousStop } from '../volume/state.ts'
import { judgeVolume, type VolumeSeen } from './volume.ts'

const well: VolumeSeen = {
  exists: true,
  marker: 'initialized',
  dataDirectory: '/data',
  profile: greenplum6,
  coordinatorDirectory: '/data/master/gpseg-1',
  servers: ['/data/master/gpseg-1'],
  directories: ['/data/master/gpseg-1'],
  hbaText: '',
  unreadable: [],
  letsClientsIn: false,
  previousStop: { kind: 'none' },
  interrupted: [],
  holder: { kind: 'nobody' },
}
const stop = {
  at: 'T',
  reason: 'SIGTERM',
  exitCode: 0,
  proven: true,
  seconds: 4,
  phase: 'ready',
  directories: [],
}
const judged = (facts: Partial<VolumeSeen>) =>
  judgeVolume({ ...well, ...facts }, { running: 'nowhere', advice }).findings.map(
    ({ severity, text, cause, fix }) => `${severity}: ${text} | ${cause} | ${fix}`,
  )
const after = (previousStop: PreviousStop) => judged({ previousStop })

describe('the volume', () => {
  it('that is well gives no reason to complain, whatever runs', () => {
    expect(judged({})).toEqual([])
    expect(after({ kind: 'stopped', stop })).toEqual([])
    expect(judgeVolume({ ...well, marker: 'initializing' }, { running: 'here', advice }).findings).toEqual([])
  })

  it('is judged by what the next start will do', () => {
    expect(judged({ marker: 'initializing' })[0]).toMatch(/^error: the first start was interrupted/)
    expect(judged({ servers: [] })[0]).toMatch(/^refuse: a cluster was created on this volume/)
    expect(judged({ servers: [], marker: 'none' })[0]).toMatch(/^note: \/data is empty/)
    expect(judged({ marker: 'none' })[0]).toMatch(/^note: the volume was created without this supervisor/)
  })

  it('that cannot be looked at is refused, and where it runs all the same doubted', () => {
    const facts = { ...well, unreadable: ['EACCES: permission denied, scandir /data/00'] }
    const text = 'the volume cannot be read: EACCES: permission denied, scandir /data/00'
    expect(judgeVolume(facts, { running: 'nowhere', advice }).findings).toMatchObject([
      { id: 'volume.unreadable', severity: 'refuse', text },
    ])
    expect(judgeVolume(facts, { running: 'here', advice }).findings).toMatchObject([
      { id: 'volume.unreadable', severity: 'warning', text },
    ])
  })

  it('that does not exist is an error', () => {
    expect(judgeVolume({ ...well, exists: false }, { running: 'nowhere', advice }).findings).toMatchObject([
      { id: 'volume.absent', severity: 'error', text: '/data does not exist' },
    ])
  })

  it('tells how the last run ended, with the advice', () => {
    expect(after({ kind: 'unclean', startedAt: 'T' })[0]).toMatch(
      /killed without a stop.*kill -9, out of memory, or a power failure/,
    )
    expect(
      after({
        kind: 'unclean',
        startedAt: 'T',
        stopBeganAt: 'U',
        stoppedForSeconds: 10,
        cleanStopSeconds: 14.6,
      }),
    ).toEqual([
      'warning: the last run was killed 10 s into its stop; the servers need crash recovery | the grace period of the container is too short; an earlier clean stop took 15 s | in the compose file: stop_grace_period: 2m; by hand: docker stop -t 120',
    ])
    const directories = [{ path: '/data/00/primary/gpseg0', state: 'in production' }]
    expect(
      after({ kind: 'stopped', stop: { ...stop, proven: false, exitCode: 75, directories } })[0],
    ).toMatch(
      /^warning: the last stop \(T\) could not be verified as clean; the servers need crash recovery \| SIGTERM, exit code 75\n\/data\/00\/primary\/gpseg0: in production/,
    )
    expect(
      after({ kind: 'stopped', stop: { ...stop, exitCode: 69, reason: 'the coordinator died' } })[0],
    ).toMatch(/^warning: the last run failed with exit code 69 \(T\) \| the coordinator died/)
  })

  it('says when nobody can tell who has it', () => {
    expect(judged({ holder: { kind: 'unknown', reason: 'flock is not installed' } })).toHaveLength(1)
  })
})
