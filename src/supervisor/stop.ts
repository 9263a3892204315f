/**
 * Ends everything that runs, PXF and the database side by side within one budget, writes down how it went, and
 * decides what the process answers. A stop is only called clean when pg_controldata proves it, or when a first
 * start was interrupted: nobody has data there, and the marker on the volume says so.
 */
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { exitCodes, reasonOf, type ExitCode } from '../errors.ts'
import { usualToolEnvironment } from '../greenplum/environment.ts'
import {
  shutDownGreenplum,
  stopEnvironment,
  type ShutdownReport,
  type StopBudget,
} from '../greenplum/shutdown.ts'
import type { StartScript } from '../greenplum/start-script.ts'
import type { Loggers } from '../logging/logger.ts'
import { stopPxf } from '../pxf/service.ts'
import { beginStop, endRun, type LastStop } from '../volume/state.ts'
import type { PhaseName } from '../health/components.ts'
import type { StopReason } from './transition.ts'

export interface StopPorts {
  readonly config: Config
  readonly loggers: Loggers
  readonly runTool: RunTool
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
}

export interface Stopping {
  readonly reason: StopReason
  readonly fromPhase: PhaseName
  readonly script: StartScript | undefined
  /** The marker of an unfinished first start is on the volume; asked once nothing runs any more. */
  readonly firstStartUnfinished: () => Promise<boolean>
  readonly hurry: AbortSignal
}

export interface StopVerdict extends LastStop {
  readonly exitCode: ExitCode
  readonly firstStartUnfinished: boolean
  readonly steps: ShutdownReport['steps']
}

/** For what the script's pipe still holds. */
const drainMs = 500

export async function stopEverything(stopping: Stopping, ports: StopPorts): Promise<StopVerdict> {
  const { config, loggers } = ports
  const logger = loggers('supervisor')
  const begin = performance.now()
  const budget: StopBudget = {
    leftMs: () => Math.max(0, config.stop.gracePeriodMs - (performance.now() - begin)),
    hurry: stopping.hurry,
  }
  logger.info('stopping', {
    reason: stopping.reason.text,
    from: stopping.fromPhase,
    atMostMs: config.stop.gracePeriodMs,
  })
  const endSigns = await noteStop(ports)
  const [pxfFailure, report] = await Promise.all([
    config.pxf.enabled ? stopPxfBeside(ports, budget) : '',
    stopDatabase(stopping, budget, ports),
  ])
  if (pxfFailure !== '') logger.warn('PXF did not stop by itself', { failure: pxfFailure })
  const firstStartUnfinished = await stopping.firstStartUnfinished()
  const proven = isProven(report, firstStartUnfinished, config)
  const verdict: StopVerdict = {
    at: new Date().toISOString(),
    reason: stopping.reason.text,
    exitCode: exitCodeOf(stopping.reason, proven || firstStartUnfinished),
    proven,
    firstStartUnfinished,
    seconds: Math.round(performance.now() - begin) / 1000,
    phase: stopping.fromPhase,
    steps: report.steps,
    directories: report.directories.map(({ path, state }) => ({ path, state })),
  }
  endSigns()
  await endRun(config.greenplum.dataDirectory, verdict).catch((error: unknown) => {
    logger.warn('the verdict could not be written to the volume', { reason: reasonOf(error) })
  })
  await stopping.script?.drain(drainMs)
  return verdict
}

/** For the next start: whoever kills this stop half-way cannot write an end. */
async function noteStop({ config, loggers }: StopPorts): Promise<() => void> {
  return beginStop(config.greenplum.dataDirectory, new Date().toISOString()).catch((error: unknown) => {
    loggers('supervisor').warn('the stop could not be noted on the volume', { reason: reasonOf(error) })
    return () => {}
  })
}

async function stopPxfBeside(ports: StopPorts, budget: StopBudget): Promise<string> {
  const pxf = { ...ports, config: ports.config.pxf, logger: ports.loggers('pxf') }
  return stopPxf(pxf, budget.leftMs(), budget.hurry).catch((error: unknown) => reasonOf(error))
}

async function stopDatabase(
  stopping: Stopping,
  budget: StopBudget,
  ports: StopPorts,
): Promise<ShutdownReport> {
  const bashrc = await ports.toolEnvironment().catch((error: unknown) => {
    ports
      .loggers('supervisor')
      .warn('the usual place of Greenplum is taken for the stop', { reason: reasonOf(error) })
    return usualToolEnvironment
  })
  return shutDownGreenplum(stopping.script, budget, {
    config: ports.config.greenplum,
    toolEnvironment: stopEnvironment(bashrc, ports.config),
    runTool: ports.runTool,
    logger: ports.loggers('gp-tool'),
  })
}

/** Where a cluster must be, finding no server proves nothing. */
function isProven(report: ShutdownReport, firstStartUnfinished: boolean, { greenplum }: Config): boolean {
  const { deployment } = greenplum
  const mayHaveNone = firstStartUnfinished || deployment === 'segment' || deployment === 'standby'
  return report.proven && (report.directories.length > 0 || mayHaveNone)
}

/** The first reason wins; a stop that was asked for has to end clean. */
function exitCodeOf(reason: StopReason, clean: boolean): ExitCode {
  if (reason.exitCode !== exitCodes.clean) return reason.exitCode
  return clean ? exitCodes.clean : exitCodes.stopNotProven
}
