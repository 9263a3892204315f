import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import type { End, StopVerdict } from './end.ts'
import { lastLine } from './last-line.ts'

const clean = { path: '/data/00/primary/gpseg0', state: 'shut down' }
const crashed = { path: '/data/master/gpseg-1', state: 'in production' }
const verdict: StopVerdict = {
  at: '',
  reason: '',
  exitCode: 0,
  proven: true,
  firstStartUnfinished: false,
  seconds: 1,
  phase: 'ready',
  steps: [],
  directories: [clean],
}
const unclean = { ...verdict, proven: false, directories: [crashed, clean] }
const firstStart = { ...verdict, proven: false, firstStartUnfinished: true, directories: [crashed] }

const end = (
  exitCode: End['exitCode'],
  kind: End['reason']['kind'],
  text: string,
  how?: StopVerdict,
): End => ({ exitCode, reason: { kind, text }, verdict: how, profile: greenplum6 })

describe('the last line', () => {
  it.each([
    ['info', 'shut down cleanly, verified', end(0, 'signal', 'SIGTERM', verdict)],
    [
      'warn',
      'stopped during the first start; the next start will start over',
      end(0, 'signal', 'SIGTERM', firstStart),
    ],
    ['info', 'stopped before anything ran', end(0, 'signal', 'SIGTERM')],
  ])('of an exit 0 is %s: %s', (level, text, ended) => {
    expect(lastLine(ended)).toEqual({ level, text })
  })

  it.each([
    [
      end(69, 'database-died', 'the server in /data/master/gpseg-1 died', unclean),
      'exit 69: the server in /data/master/gpseg-1 died; not shut down cleanly: /data/master/gpseg-1 (in production); all other servers were, verified; see the newest file in pg_log of that directory, then start the container again (a restart policy does this)',
    ],
    [
      end(69, 'script-exited', '/start_gpdb.sh exited on its own: exit code 1', verdict),
      'exit 69: /start_gpdb.sh exited on its own: exit code 1; everything was shut down cleanly, verified; see its last lines in this log, then start the container again (a restart policy does this)',
    ],
    [
      end(69, 'script-exited', '/start_gpdb.sh exited on its own: exit code 2', firstStart),
      'exit 69: /start_gpdb.sh exited on its own: exit code 2; there is no data yet, and the next start will start over; see its last lines in this log, then start the container again (a restart policy does this)',
    ],
    [
      end(70, 'internal-error', 'internal error: x is undefined', verdict),
      'exit 70: internal error: x is undefined; everything was shut down cleanly, verified; start the container again, and report this with the log',
    ],
    [
      end(70, 'internal-error', 'SIGTERM; the stop itself failed: EIO'),
      'exit 70: SIGTERM; the stop itself failed: EIO; the state of the servers is unknown; start the container again, and report this with the log',
    ],
    [
      end(
        73,
        'preparation-failed',
        'cannot use the volume: another container is using it; stop that container first',
      ),
      'exit 73: cannot use the volume: another container is using it; stop that container first',
    ],
    [
      end(75, 'signal', 'SIGTERM', unclean),
      'exit 75: stop requested by SIGTERM; not shut down cleanly: /data/master/gpseg-1 (in production); all other servers were, verified; the next start recovers what was committed; give the stop more time: STOP_GRACE_PERIOD, and more than that in the container runtime',
    ],
    [
      end(75, 'signal', 'SIGTERM', { ...verdict, proven: false, directories: [] }),
      'exit 75: stop requested by SIGTERM; no server was found where the cluster should be; check that the volume is mounted and whole (GREENPLUM_DATA_DIRECTORY), then start the container again',
    ],
    [
      end(78, 'preparation-failed', 'cannot start here: /data is mounted read-only (without ":ro")'),
      'exit 78: nothing was running yet; fix this, then start the container again: cannot start here: /data is mounted read-only (without ":ro")',
    ],
    [
      end(78, 'configuration-failed', 'cannot apply 20-x.sql:1: … (SQL_ON_ERROR=fatal)', verdict),
      'exit 78: everything was shut down cleanly, verified; fix this, then start the container again: cannot apply 20-x.sql:1: … (SQL_ON_ERROR=fatal)',
    ],
  ])('of another exit is an error in one sentence, with what to do', (ended, text) => {
    expect(lastLine(ended)).toEqual({ level: 'error', text })
  })
})
