/**
 * What happens before the parts: host and container are checked, the volume is locked, and the end of the previous run
 * is reported. Throws if a start is impossible, and then also records how this run ended.
 */
import type { Config } from '../config/config.ts'
import { exitCodes, reasonOf } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { FindingError } from '../findings/error.ts'
import { sentenceOf, type Finding } from '../findings/finding.ts'
import type { History } from '../history/history.ts'
import type { Logger } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import { jvmLine } from '../pxf/cause.ts'
import { unlessAborted } from '../time.ts'
import { lockVolume, type VolumeLock } from '../volume/lock.ts'
import { previousStopFindings } from '../volume/previous-stop.ts'
import { beginRun, endRun, type PreviousStop } from '../volume/state.ts'
import type { Board } from './board.ts'
import { codeOfError } from './exit-code.ts'
import { neverRan } from './end.ts'

export interface AdmissionPorts {
  readonly config: Config
  readonly board: Board
  readonly history: Pick<History, 'begin' | 'end'>
  readonly logger: Logger
  /** Applied to what is written to the volume. */
  readonly mask: Mask
  /** Writes to the log and to the board. */
  readonly note: (finding: Finding) => void
  /** What is wrong with host and container. */
  readonly preflight: () => Promise<readonly Finding[]>
  readonly prepareParts: (signal: AbortSignal) => Promise<void>
}

/** @returns the lock, once everything is prepared. When `signal` aborts, it soon rejects with the signal's reason. */
export async function admit(ports: AdmissionPorts, signal: AbortSignal): Promise<VolumeLock> {
  const { board, history, logger, mask } = ports
  const { dataDirectory } = ports.config.greenplum
  await checkPlace(ports, signal)
  const lock = await lockVolume(dataDirectory, signal, () =>
    logger.error('the lock on the volume was lost because its holder was killed; restart the container', {
      dataDirectory,
    }),
  )
  if (!lock.held)
    logger.warn('the volume is not protected against a second container: `flock` is not installed')
  try {
    const previousStop = await beginRun(dataDirectory, board.startedAt)
    board.learn({ previousStop })
    history.begin(previousStop)
    reportPreviousStop(previousStop, ports)
    await ports.prepareParts(signal)
    return lock
  } catch (error) {
    // For the next start.
    const end = neverRan(mask(reasonOf(error)), codeOfError(error))
    await endRun(dataDirectory, end).catch(() => {})
    await history.end(end)
    await lock.release()
    throw error
  }
}

/** @throws FindingError with every reason not to start, and the fix for each */
async function checkPlace({ note, preflight }: AdmissionPorts, signal: AbortSignal): Promise<void> {
  const findings = await unlessAborted(preflight(), signal)
  for (const found of findings) note(found)
  const refused = findings.filter(({ severity }) => severity === 'refuse')
  const [first] = refused
  if (first === undefined) return
  throw new FindingError(`cannot start here: ${refused.map(sentenceOf).join('; ')}`, first, {
    code: 'preflight',
    exitCode: exitCodes.configuration,
  })
}

function reportPreviousStop(previous: PreviousStop, { config, logger, note }: AdmissionPorts): void {
  if (previous.kind === 'stopped' && previous.stop.proven)
    logger.info('the previous run was shut down cleanly', { previous: previous.stop })
  // A run that ended on its own reported that in its last line.
  const found = previousStopFindings(previous, jvmLine, adviceFor(config.platform))
  for (const one of found.filter(({ id }) => id !== 'stop.failed')) note(one)
}
