/**
 * The shutdown. If anything may be running, all parts stop in parallel within one time budget. The verdict is then
 * stored on the volume for the next start. A stop counts as clean only if pg_controldata confirms it, or if it
 * interrupted a first start: then there is no data yet, and the marker on the volume records that.
 */
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import type { StopBudget } from '../greenplum/shutdown.ts'
import type { PhaseName } from '../health/components.ts'
import type { History } from '../history/history.ts'
import type { Logger } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import type { VolumeLock } from '../volume/lock.ts'
import { beginStop, endRun } from '../volume/state.ts'
import type { Crew } from './crew.ts'
import { neverRan, type End, type StopVerdict } from './end.ts'
import { codeOf, finalCode } from './exit-code.ts'

import type { StopReason } from './transition.ts'

export interface StopPorts {
  readonly config: Config
  readonly history: Pick<History, 'end'>
  readonly logger: Logger
  readonly mask: Mask
  readonly stopParts: Crew['stop']
  /** Settles when the preparation ends; without a lock nothing was started. */
  readonly preparing: Promise<VolumeLock | undefined>
}

export interface Stopping {
  readonly reason: StopReason
  readonly fromPhase: PhaseName
  readonly hurry: AbortSignal
}

/** Never throws: whatever fails, the process must report how it ended. */
export async function stopEverything(stopping: Stopping, ports: StopPorts): Promise<End> {
  const { reason } = stopping
  const lock = await ports.preparing.catch(() => undefined)
  if (lock === undefined) return endedEarly(reason)
  try {
    const verdict = await stopParts(stopping, ports)
    return { exitCode: verdict.exitCode, reason, verdict, profile: ports.config.greenplum.profile }
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

/** A preparation that a stop interrupted leaves nothing running. One that failed has a reason, but no verdict. */
function endedEarly(reason: StopReason): End {
  const { exitCode, kind, text } = reason
  const nothing = { steps: [], firstStartUnfinished: false, exitCode }
  return {
    exitCode,
    reason,
    verdict: kind === 'signal' ? { ...neverRan(text, exitCode), ...nothing } : undefined,
  }
}

async function stopParts({ reason, fromPhase, hurry }: Stopping, ports: StopPorts): Promise<StopVerdict> {
  const { gracePeriodMs } = ports.config.stop
  const begin = performance.now()
  const budget: StopBudget = {
    leftMs: () => Math.max(0, gracePeriodMs - (performance.now() - begin)),
    hurry,
  }
  ports.logger.info('stopping', { reason: reason.text, from: fromPhase, atMostMs: gracePeriodMs })
  const endSignsOfLife = await recordStop(ports)
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
  endSignsOfLife()
  await endRun(ports.config.greenplum.dataDirectory, verdict).catch((error: unknown) => {
    ports.logger.warn('the verdict could not be written to the volume', { reason: reasonOf(error) })
  })
  await ports.history.end(verdict)
  return verdict
}

/** For the next start, in case this stop is killed before it can write its verdict. */
async function recordStop({ config, logger }: StopPorts): Promise<() => void> {
  return beginStop(config.greenplum.dataDirectory, new Date().toISOString()).catch((error: unknown) => {
    logger.warn('the stop could not be recorded on the volume', { reason: reasonOf(error) })
    return () => {}
  })
}
