/**
 * What comes before the parts: the place is looked at, the volume is locked, and what the run before left behind is
 * reported. What makes a start impossible throws; the end of a run that never ran is written down here as well.
 */
import type { Config } from '../config/config.ts'
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import type { Logger } from '../logging/logger.ts'
import type { Finding } from '../preflight/findings.ts'
import { unlessAborted } from '../time.ts'
import { lockVolume, type VolumeLock } from '../volume/lock.ts'
import { beginRun, endRun, type PreviousStop } from '../volume/state.ts'
import type { Board } from './board.ts'
import { codeOfError } from './exit-code.ts'
import { neverRan } from './stop.ts'

export interface AdmissionPorts {
  readonly config: Config
  readonly board: Board
  readonly logger: Logger
  /** What is wrong with host and container. */
  readonly preflight: () => Promise<readonly Finding[]>
  readonly prepareParts: (signal: AbortSignal) => Promise<void>
}

/** @returns the lock, once everything is prepared; an abort of `signal` ends it soon, with the signal's reason */
export async function admit(ports: AdmissionPorts, signal: AbortSignal): Promise<VolumeLock> {
  const { board, logger } = ports
  const { dataDirectory } = ports.config.greenplum
  await judgePlace(ports, signal)
  const lock = await lockVolume(dataDirectory, signal, () =>
    logger.error('the lock of the volume is lost (its holder was ended): restart the container', {
      dataDirectory,
    }),
  )
  if (!lock.held)
    logger.warn('nothing guards the volume against a second container: `flock` is not installed')
  try {
    const previousStop = await beginRun(dataDirectory, new Date().toISOString())
    board.learn({ previousStop })
    tellPreviousStop(previousStop, logger)
    await ports.prepareParts(signal)
    return lock
  } catch (error) {
    // For the next start.
    await endRun(dataDirectory, neverRan(reasonOf(error), codeOfError(error))).catch(() => {})
    await lock.release()
    throw error
  }
}

/** @throws SupervisorError with everything that cannot go well and the line that mends each */
async function judgePlace({ board, logger, preflight }: AdmissionPorts, signal: AbortSignal): Promise<void> {
  const findings = await unlessAborted(preflight(), signal)
  board.learn({ preflight: findings })
  for (const { level, ...finding } of findings) {
    if (level === 'warn') logger.warn('preflight', finding)
    else logger.error('preflight', finding)
  }
  const refused = findings.filter(({ level }) => level === 'refuse')
  if (refused.length === 0) return
  const reasons = refused.map(({ text, mend }) => `${text} (${mend})`).join('; ')
  throw new SupervisorError(`cannot start here: ${reasons}`, {
    code: 'preflight',
    exitCode: exitCodes.configuration,
  })
}

function tellPreviousStop(previous: PreviousStop, logger: Logger): void {
  if (previous.kind === 'stopped' && previous.stop.proven) {
    logger.info('the previous run was shut down cleanly', { previous: previous.stop })
  } else if (previous.kind === 'stopped') {
    logger.warn('the previous stop was not verified; crash recovery may run', { previous: previous.stop })
  } else if (previous.kind === 'unclean') {
    const { kind: _, ...previously } = previous
    logger.warn(
      previous.stopBeganAt === undefined
        ? 'the previous run was killed without a stop (kill -9, out of memory, power); crash recovery may run'
        : 'the previous run was killed in the middle of its stop; give it more time in the compose file: stop_grace_period: 2m',
      previously,
    )
  }
}
