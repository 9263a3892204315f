/**
 * The run of one container: receives events, moves the phase through `transition`, and executes its commands. All parts
 * work under one abort signal. A stop aborts it first, with its own reason.
 */
import { runTool } from '../children/tool.ts'
import { shownImage, type Config, type Environment } from '../config/config.ts'
import { SupervisorError, reasonOf, type ExitCode } from '../errors.ts'
import type { StopBudget } from '../greenplum/shutdown.ts'
import { assess, type PhaseName } from '../health/components.ts'
import type { Family } from '../health/exposition.ts'
import type { Snapshot } from '../health/report.ts'
import { createHistory, type History } from '../history/history.ts'
import { logFinding } from '../logging/finding.ts'
import type { Loggers } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import type { LogSink } from '../logging/sink.ts'
import { countersOf, initialComponents } from '../parts/all.ts'
import type { Part, StopReport } from '../parts/part.ts'
import type { Finding } from '../findings/finding.ts'
import type { ServerLogs } from '../server-logs/server-logs.ts'
import type { VolumeLock } from '../volume/lock.ts'
import { admit } from './admission.ts'
import { announceDegraded, announceReady } from './announce.ts'
import { createBoard } from './board.ts'
import { createCrew } from './crew.ts'
import { codeOfError } from './exit-code.ts'
import { createHeartbeat } from './heartbeat.ts'
import { reportEnd } from './last-line.ts'
import { createPhase } from './phase.ts'
import { stopEverything } from './stop.ts'
import type { Command } from './transition.ts'

export interface SupervisorPorts {
  readonly config: Config
  readonly environment: Environment
  readonly scriptArguments: readonly string[]
  readonly prelude: Readonly<Record<string, string>>
  readonly loggers: Loggers
  readonly sink: LogSink
  /** Applied to every reason that leaves the program. */
  readonly mask: Mask
  readonly versions: Readonly<Record<string, string>>
  readonly pid: number
  /** `performance.now()` when the program started. */
  readonly startedAtMs: number
  readonly parts: readonly Part[]
  readonly serverLogs: ServerLogs
  /** What is wrong with host and container. */
  readonly preflight: () => Promise<readonly Finding[]>
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** The snapshot may have changed. */
  readonly onChange: () => void
}

export interface Supervisor {
  /** Runs until everything has ended; resolves to the exit code. */
  readonly run: () => Promise<ExitCode>
  readonly requestStop: (text: string) => void
  /** Handles an unexpected error: everything is shut down, exit code 70. */
  readonly fail: (error: unknown) => void
  readonly snapshot: () => Snapshot
  readonly history: History['runs']
  readonly measure: () => Promise<readonly Family[]>
  readonly lastMoveMs: () => number
}

/** For the last records of the servers, if the reader of the log is slow. What is left is relayed by the next start. */
const lastWordsMs = 5000

export function createSupervisor(ports: SupervisorPorts): Supervisor {
  const { config, loggers, mask, parts, serverLogs } = ports
  const logger = loggers('supervisor')
  const ending = new AbortController()
  const hurry = new AbortController()
  const exit = Promise.withResolvers<ExitCode>()
  const heartbeat = createHeartbeat(ending.signal)
  let preparing: Promise<VolumeLock | undefined> = Promise.resolve(undefined)

  const note = (finding: Finding) => {
    logFinding(logger, finding)
    board.note(finding)
  }

  const history = createHistory({
    dataDirectory: config.greenplum.dataDirectory,
    present: () => snapshot(),
    logger,
    note,
  })

  const board = createBoard({
    components: initialComponents(config, new Date().toISOString(), parts),
    counters: Object.keys(countersOf(parts)),
    onComponentChange: () => assessComponents(),
    onChange: () => {
      history.look()
      ports.onChange()
    },
    logger,
    mask,
    startedAtMs: ports.startedAtMs,
  })
  board.learn({ versions: ports.versions, image: shownImage(config) })

  const phase = createPhase({
    mask,
    carryOut,
    onChange: (from, to, event) => {
      board.mark(to)
      logger.info('phase', { from, to, event })
    },
  })

  const crew = createCrew(parts, {
    ...ports,
    note,
    logger,
    runTool,
    board,
    moved: heartbeat.moved,
    raise: (event) => phase.dispatch(event),
  })

  function carryOut(command: Command, from: PhaseName): void {
    switch (command) {
      case 'start-children':
        return guard(crew.run(ending.signal))
      case 'configure-database':
        guard(crew.serve(ending.signal))
        return assessComponents()
      case 'announce-ready':
        announceReady(snapshot(), logger)
        return board.count('becameReady')
      case 'announce-degraded':
        return announceDegraded(board.components(), logger)
      case 'stop-everything':
        return guard(stop(from))
      case 'hurry-stop':
        logger.warn('stop requested again: no longer waiting for running tools')
        return hurry.abort()
      case 'exit':
        return
    }
  }

  /** An unexpected error ends the run; during a stop it must not prevent the exit. */
  function guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => fail(error))
  }

  async function prepare(): Promise<void> {
    if (phase.state().phase !== 'preparing') return
    preparing = admit({ ...ports, board, history, logger, note, prepareParts }, ending.signal)
    try {
      await preparing
      phase.dispatch({ type: 'prepared' })
    } catch (error) {
      // The last line reports it, unless the run was already ending.
      const isNews = phase.state().phase !== 'preparing' && error !== ending.signal.reason
      if (isNews) logger.warn('the preparation failed during the stop', { reason: reasonOf(error) })
      phase.dispatch({ type: 'preparation-failed', text: reasonOf(error), exitCode: codeOfError(error) })
    }
  }

  async function prepareParts(signal: AbortSignal): Promise<void> {
    await crew.prepare(signal)
    await serverLogs.start()
  }

  /** What servers say of their stop precedes the last line of the log. */
  async function stopParts(budget: StopBudget): Promise<StopReport> {
    const report = await crew.stop(budget)
    await serverLogs.finish(Math.min(lastWordsMs, budget.leftMs()))
    return report
  }

  function assessComponents(): void {
    phase.dispatch({ type: 'components-assessed', verdict: assess(board.components()) })
  }

  async function stop(from: PhaseName): Promise<void> {
    const state = phase.state()
    if (!('reason' in state)) return
    const { reason } = state
    ending.abort(new SupervisorError(reason.text, { code: reason.kind, exitCode: reason.exitCode }))
    const stopping = { reason, fromPhase: from, hurry: hurry.signal }
    const end = await stopEverything(stopping, { config, history, logger, mask, stopParts, preparing })
    phase.dispatch({ type: 'stopped' })
    reportEnd(logger, end)
    exit.resolve(end.exitCode)
  }

  function fail(error: unknown): void {
    logger.error('internal error; shutting down', {
      reason: reasonOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    })
    phase.dispatch({ type: 'internal-error', text: `internal error: ${reasonOf(error)}` })
  }

  const snapshot = () => board.snapshot(phase.state())

  return {
    run: async () => {
      heartbeat.start()
      await prepare()
      const code = await exit.promise
      heartbeat.stop()
      return code
    },
    requestStop: (text) => phase.dispatch({ type: 'stop-requested', text }),
    fail,
    snapshot,
    history: history.runs,
    measure: crew.measure,
    lastMoveMs: heartbeat.sinceMs,
  }
}
