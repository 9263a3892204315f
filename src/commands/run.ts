/** `run`: the supervisor itself, from the first listening socket to the last line of the log. */
import type { Config, Environment } from '../config/config.ts'
import { exitCodes, reasonOf, type ExitCode } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { asMetrics } from '../health/metrics.ts'
import { listen, type HealthServer } from '../health/server.ts'
import { createLoggers, type Logger } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { allParts, countersOf } from '../parts/all.ts'
import { judgePlace } from '../preflight/findings.ts'
import { observePlace } from '../preflight/observe.ts'
import { codeOfError } from '../supervisor/exit-code.ts'
import type { End } from '../supervisor/end.ts'
import { tellEnd } from '../supervisor/last-line.ts'
import { createSupervisor, type Supervisor } from '../supervisor/supervisor.ts'
import { observeVolume } from '../volume/observe.ts'

export interface RunContext {
  readonly config: Config
  readonly environment: Environment
  readonly scriptArguments: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly pid: number
  readonly parentPid: number
  readonly memoryBytes: () => number
  readonly onStopSignal: (handler: (signal: string) => void) => void
  readonly onUncaught: (handler: (error: unknown) => void) => void
  /** Ends the process though a thread hangs in a write of the log. */
  readonly abandon: (code: number) => never
}

const standardOutput = 1
const counters = countersOf(allParts)
/** For a reader that is slow and takes what it can: the verdict is worth waiting for. */
const flushMs = 10_000

export async function run(context: RunContext): Promise<number> {
  const { config, versions } = context
  const sink = openSink(standardOutput)
  const mask = createMask(config, context.environment)
  const loggers = await createLoggers(config, sink, mask)
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
    preflight: async () =>
      judgePlace(
        await observePlace(config, await observeVolume(config.greenplum), toolEnvironment),
        adviceFor(config.platform),
      ),
  })
  context.onStopSignal((signal) => supervisor.requestStop(signal))
  context.onUncaught((error) => supervisor.fail(error))
  const code = await serve({
    listen: async () => {
      const server = await listen(config.health, {
        snapshot: supervisor.snapshot,
        lastMoveMs: supervisor.lastMoveMs,
        metrics: () =>
          asMetrics(supervisor.snapshot(), {
            uptimeMs: performance.now(),
            memoryBytes: context.memoryBytes(),
            counters,
          }),
        onError: (reason) => logger.warn('a connection to the health port was lost', { reason }),
      })
      logger.info('listening', { host: config.health.host, port: server.port, ...versions })
      tellPid1(context, logger)
      return server
    },
    run: supervisor.run,
    logger,
  })
  return (await sink.flush(flushMs)) ? code : context.abandon(code)
}

/** Read once; a failure is not kept: the next who asks reads again. */
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

function tellPid1({ pid, parentPid }: RunContext, logger: Logger): void {
  if (pid === 1)
    logger.error('running as PID 1: orphans stay zombies and gpstop takes them for living servers; use tini')
  else if (parentPid !== 1) logger.debug('not under PID 1: somebody else must reap orphans', { parentPid })
}

export interface Served {
  readonly listen: () => Promise<Pick<HealthServer, 'close'>>
  readonly run: Supervisor['run']
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** The health port around the run. An end that the supervisor has not told itself is told here. */
export async function serve(parts: Served): Promise<ExitCode> {
  const told = (exitCode: ExitCode, reason: End['reason']) => {
    tellEnd(parts.logger, { exitCode, reason, verdict: undefined })
    return exitCode
  }
  let server: Pick<HealthServer, 'close'>
  try {
    server = await parts.listen()
  } catch (error) {
    return told(codeOfError(error), { kind: 'preparation-failed', text: reasonOf(error) })
  }
  try {
    const code = await parts.run()
    // The verdict stands; what cannot be closed ends with the process.
    await server.close().catch(() => {})
    return code
  } catch (error) {
    // Servers may run.
    return told(exitCodes.internal, { kind: 'internal-error', text: `internal error: ${reasonOf(error)}` })
  }
}
