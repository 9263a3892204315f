/**
 * The way down. Where something may run, all parts stop side by side within one budget, then comes the verdict, which
 * the volume keeps for the next start. A stop is only called clean when pg_controldata verifies it, or when a first
 * start was interrupted: nobody has data there, and the marker on the volume says so.
 */
import type { Config } from '../config/config.ts'
import { reasonOf, type ExitCode } from '../errors.ts'
import type { StopBudget } from '../greenplum/shutdown.ts'
import type { PhaseName } from '../health/components.ts'
import type { Logger } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import type { VolumeLock } from '../volume/lock.ts'
import { beginStop, endRun, type LastStop } from '../volume/state.ts'
import type { Crew } from './crew.ts'
import { codeOf, finalCode } from './exit-code.ts'
import type { End, StopVerdict } from './last-line.ts'
import type { StopReason } from './transition.ts'

export interface StopPorts {
  readonly config: Config
  readonly logger: Logger
  readonly mask: Mask
  readonly stopParts: Crew['stop']
  /** Ends once the preparation has; without a lock nothing ran. */
  readonly preparing: Promise<VolumeLock | undefined>
}

export interface Stopping {
  readonly reason: StopReason
  readonly fromPhase: PhaseName
  readonly hurry: AbortSignal
}

/** Never throws: whatever fails, the process has to say how it ends. */
export async function stopEverything(stopping: Stopping, ports: StopPorts): Promise<End> {
  const { reason } = stopping
  const lock = await ports.preparing.catch(() => undefined)
  if (lock === undefined) return endedEarly(reason)
  try {
    const verdict = await stopParts(stopping, ports)
    return { exitCode: verdict.exitCode, reason, verdict }
  } catch (error) {
    const text = ports.mask(`${reason.text}; the stop itself failed: ${reasonOf(error)}`)
    return {
      exitCode: codeOf['internal-error'],
      reason: { kind: 'internal-error', text },
      verdict: undefined,
    }
  } finally {
    await lock.release()
  }
}

/** A preparation that was cut off by a stop has left nothing behind; one that failed says why, not how it was left. */
function endedEarly(reason: StopReason): End {
  const { exitCode, kind, text } = reason
  const nothing = { steps: [], firstStartUnfinished: false, exitCode }
  return {
    exitCode,
    reason,
    verdict: kind === 'signal' ? { ...neverRan(text, exitCode), ...nothing } : undefined,
  }
}

/** Of a run that ended before anything ran: there is nothing to verify. */
export const neverRan = (reason: string, exitCode: ExitCode): LastStop => ({
  at: new Date().toISOString(),
  reason,
  exitCode,
  proven: true,
  seconds: 0,
  phase: 'preparing',
  directories: [],
})

async function stopParts({ reason, fromPhase, hurry }: Stopping, ports: StopPorts): Promise<StopVerdict> {
  const { gracePeriodMs } = ports.config.stop
  const begin = performance.now()
  const budget: StopBudget = {
    leftMs: () => Math.max(0, gracePeriodMs - (performance.now() - begin)),
    hurry,
  }
  ports.logger.info('stopping', { reason: reason.text, from: fromPhase, atMostMs: gracePeriodMs })
  const endSigns = await noteStop(ports)
  const report = await ports.stopParts(budget)
  const verdict: StopVerdict = {
    at: new Date().toISOString(),
    reason: reason.text,
    exitCode: finalCode(reason, report),
    proven: report.proven,
    firstStartUnfinished: report.firstStartUnfinished,
    seconds: Math.round(performance.now() - begin) / 1000,
    phase: fromPhase,
    steps: report.steps,
    directories: report.directories.map(({ path, state }) => ({ path, state })),
  }
  endSigns()
  await endRun(ports.config.greenplum.dataDirectory, verdict).catch((error: unknown) => {
    ports.logger.warn('the verdict could not be written to the volume', { reason: reasonOf(error) })
  })
  return verdict
}

/** For the next start: whoever kills this stop half-way cannot write an end. */
async function noteStop({ config, logger }: StopPorts): Promise<() => void> {
  return beginStop(config.greenplum.dataDirectory, new Date().toISOString()).catch((error: unknown) => {
    logger.warn('the stop could not be noted on the volume', { reason: reasonOf(error) })
    return () => {}
  })
}
