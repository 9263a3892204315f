/** `run`: the supervisor itself, from the first listening socket to the last line of the log. */
import type { Config, Environment } from '../config/config.ts'
import { reasonOf, SupervisorError, exitCodes } from '../errors.ts'
import { listen } from '../health/server.ts'
import { asMetrics } from '../health/metrics.ts'
import { createLoggers } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { tellEnd } from '../supervisor/last-line.ts'
import { createSupervisor } from '../supervisor/supervisor.ts'

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
/** For a reader that is slow and takes what it can: the verdict is worth waiting for. */
const flushMs = 10_000

export async function run(context: RunContext): Promise<number> {
  const { config, versions } = context
  const sink = openSink(standardOutput)
  const mask = createMask(config, context.environment)
  const loggers = await createLoggers(config, sink, mask)
  const logger = loggers('supervisor')
  const supervisor = createSupervisor({ ...context, loggers, sink, mask, startedAtMs: 0 })
  context.onStopSignal((signal) => supervisor.requestStop(signal))
  context.onUncaught((error) => supervisor.fail(error))
  const end = async (code: number) => ((await sink.flush(flushMs)) ? code : context.abandon(code))
  try {
    const server = await listen(config.health, {
      snapshot: supervisor.snapshot,
      lastMoveMs: supervisor.lastMoveMs,
      metrics: () => asMetrics(supervisor.snapshot(), performance.now(), context.memoryBytes()),
      onError: (reason) => logger.warn('a connection to the health port was lost', { reason }),
    })
    logger.info('listening', { host: config.health.host, port: server.port, ...versions })
    if (context.pid !== 1 && context.parentPid !== 1) {
      logger.debug('not under PID 1: somebody else must reap orphans', { parentPid: context.parentPid })
    } else if (context.pid === 1) {
      logger.error(
        'running as PID 1: orphans stay zombies and gpstop takes them for living servers; use tini',
      )
    }
    const code = await supervisor.run()
    await server.close()
    return await end(code)
  } catch (error) {
    const exitCode = error instanceof SupervisorError ? error.exitCode : exitCodes.internal
    const reason = { kind: 'preparation-failed', text: reasonOf(error) } as const
    tellEnd(logger, { exitCode, reason, verdict: undefined })
    return end(exitCode)
  }
}
