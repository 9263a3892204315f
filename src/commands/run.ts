/** `run`: the supervisor itself, from the first listening socket to the last line of the log. */
import type { Config, Environment } from '../config/config.ts'
import { exitCodes, reasonOf, type ExitCode } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { createEvents } from '../health/events.ts'
import { asMetrics } from '../health/metrics.ts'
import { statusBody, type Snapshot } from '../health/report.ts'
import { listen, type HealthServer } from '../health/server.ts'
import { createLoggers, type Logger } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { createWarnings } from '../logging/warnings.ts'
import { allParts, countersOf } from '../parts/all.ts'
import { createServerLogs } from '../server-logs/server-logs.ts'
import { judgePlace } from '../preflight/findings.ts'
import { observePlace } from '../preflight/observe.ts'
import { codeOfError } from '../supervisor/exit-code.ts'
import type { End } from '../supervisor/end.ts'
import { reportEnd } from '../supervisor/last-line.ts'
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts'
import { observeVolume } from '../volume/observe.ts'

export interface RunContext {
  readonly config: Config
  readonly environment: Environment
  readonly scriptArguments: readonly string[]
  readonly prelude: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly pid: number
  readonly parentPid: number
  readonly memoryBytes: () => number
  readonly onStopSignal: (handler: (signal: string) => void) => void
  readonly onUncaught: (handler: (error: unknown) => void) => void
  /** Ends the process even if a thread is blocked writing the log. */
  readonly abandon: (code: number) => never
}

const standardOutput = 1
const counters = countersOf(allParts)
/** For a slow reader: the verdict is worth waiting for. */
const flushMs = 10_000

export async function run(context: RunContext): Promise<number> {
  const { config, versions } = context
  const sink = openSink(standardOutput)
  const mask = createMask(config, context.environment)
  const events = createEvents(() => JSON.stringify(statusBody(snapshot())))
  const warnings = createWarnings(events.changed)
  const loggers = createLoggers(config, sink, mask, warnings.remember)
  const logger = loggers('supervisor')
  const toolEnvironment = remembered(() => readToolEnvironment(context.environment))
  const supervisor = createSupervisor({
    ...context,
    loggers,
    sink,
    mask,
    toolEnvironment,
    startedAtMs: 0,
    parts: allParts,
    serverLogs: createServerLogs({ config, loggers, sink }),
    preflight: async () => {
      const place = await observePlace(config, await observeVolume(config.greenplum), toolEnvironment)
      const { name, first } = place.host
      if (first?.reach === 'alias')
        logger.info('the cluster was created under another host name, which is an alias of this host', {
          hostname: name,
          createdAs: first.name,
        })
      return judgePlace(place, adviceFor(config.platform))
    },
    onChange: events.changed,
  })
  const snapshot = (): Snapshot => ({ ...supervisor.snapshot(), warnings: warnings.latest() })
  context.onStopSignal((signal) => supervisor.requestStop(signal))
  context.onUncaught((error) => supervisor.fail(error))
  const code = await serve({
    listen: async () => {
      const server = await listen(config.health, {
        snapshot,
        history: supervisor.history,
        events,
        lastMoveMs: supervisor.lastMoveMs,
        metrics: async () => {
          const ofParts = await supervisor.measure()
          return asMetrics(supervisor.snapshot(), { memoryBytes: context.memoryBytes(), counters, ofParts })
        },
        onError: (reason) => logger.warn('a connection to the health port was lost', { reason }),
      })
      logger.info('listening', { host: config.health.host, port: server.port, ...versions })
      reportPid1(context, logger)
      return server
    },
    run: supervisor.run,
    logger,
  })
  return (await sink.flush(flushMs)) ? code : context.abandon(code)
}

/** Reads once. A failure is not remembered: the next call reads again. */
function remembered<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}

function reportPid1({ pid, parentPid }: RunContext, logger: Logger): void {
  if (pid === 1)
    logger.error(
      'running as PID 1: orphaned processes stay zombies, and gpstop takes them for running servers; use tini',
    )
  else if (parentPid !== 1)
    logger.debug('the parent is not PID 1: another process must reap orphans', { parentPid })
}

export interface Served {
  readonly listen: () => Promise<Pick<HealthServer, 'close'>>
  readonly run: Supervisor['run']
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** Serves the health port during the run. Reports an end that the supervisor itself could not report. */
export async function serve(parts: Served): Promise<ExitCode> {
  const reported = (exitCode: ExitCode, reason: End['reason']) => {
    reportEnd(parts.logger, { exitCode, reason, verdict: undefined })
    return exitCode
  }
  let server: Pick<HealthServer, 'close'>
  try {
    server = await parts.listen()
  } catch (error) {
    return reported(codeOfError(error), { kind: 'preparation-failed', text: reasonOf(error) })
  }
  try {
    const code = await parts.run()
    // The verdict is final; what cannot be closed ends with the process.
    await server.close().catch(() => {})
    return code
  } catch (error) {
    // Servers may still be running.
    return reported(exitCodes.internal, {
      kind: 'internal-error',
      text: `internal error: ${reasonOf(error)}`,
    })
  }
}
