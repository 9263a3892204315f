/**
 * The run of one container: takes facts, moves the phase through `transition`, carries out its commands. Every
 * worker lives under one abort signal, which the stop pulls first.
 */
import { runTool } from '../children/tool.ts'
import { describeExit, type ChildExit } from '../children/child.ts'
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, exitCodes, reasonOf, type ExitCode } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { readToolEnvironment, startScriptEnvironment } from '../greenplum/environment.ts'
import { readProcess } from '../greenplum/processes.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import { stageText, type Stage } from '../greenplum/stages.ts'
import { runStartScript, type StartScript } from '../greenplum/start-script.ts'
import type { Snapshot } from '../health/report.ts'
import type { Loggers } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import type { LogSink } from '../logging/sink.ts'
import { causeIn } from '../pxf/cause.ts'
import { runPxf, watchPxf } from '../pxf/service.ts'
import { createBoard } from './board.ts'
import { assess, isReady, type PhaseName } from '../health/components.ts'
import { configureDatabase } from './configure/configure.ts'
import { createFirstStart, type FirstStart } from './first-start.ts'
import { tellEnd, type End } from './last-line.ts'
import { hasEntries, prepare, type Prepared } from './prepare.ts'
import { stopEverything, type StopVerdict } from './stop.ts'
import {
  initialState,
  transition,
  type Command,
  type Event,
  type State,
  type StopReason,
} from './transition.ts'
import { watchDatabase, type WatchPorts } from './watch-database.ts'

export interface SupervisorPorts {
  readonly config: Config
  readonly environment: Environment
  /** Passed on to the start script: roles other than the single node take some. */
  readonly scriptArguments: readonly string[]
  readonly loggers: Loggers
  readonly sink: LogSink
  /** Over every reason that is reported to the outside. */
  readonly mask: Mask
  readonly versions: Readonly<Record<string, string>>
  /** Of this program: servers older than it are none of its own. */
  readonly pid: number
  /** `performance.now()` when the program began. */
  readonly startedAtMs: number
}

export interface Supervisor {
  /** Runs until everything has ended; answers the exit code. */
  readonly run: () => Promise<ExitCode>
  readonly requestStop: (text: string) => void
  /** An error that nobody expected: what runs is shut down, exit 70. */
  readonly fail: (error: unknown) => void
  readonly snapshot: () => Snapshot
  readonly lastMoveMs: () => number
}

const heartbeatMs = 1000

export function createSupervisor(ports: SupervisorPorts): Supervisor {
  const { config, loggers } = ports
  const logger = loggers('supervisor')
  const workers = new AbortController()
  const hurry = new AbortController()
  const board = createBoard(config, {
    logger,
    mask: ports.mask,
    onComponentChange: () => assessComponents(),
    startedAtMs: ports.startedAtMs,
  })
  board.learn({ versions: ports.versions })

  let state: State = initialState
  let preparing: Promise<Prepared | undefined> = Promise.resolve(undefined)
  let script: StartScript | undefined
  let serving: SessionTarget | undefined
  let firstStart: FirstStart | undefined
  let lastMove = performance.now()
  let watching = false
  let tools: Promise<Record<string, string>> | undefined
  const exit = Promise.withResolvers<ExitCode>()

  const toolEnvironment = () => {
    // A failure is not kept: the next who asks reads again.
    tools ??= readToolEnvironment(ports.environment).catch((error: unknown) => {
      tools = undefined
      throw error
    })
    return tools
  }

  function dispatch(event: Event): void {
    const before = state.phase
    // Reasons may quote what another program said; they go to the log, to /status and to the volume.
    const step = transition(state, 'text' in event ? { ...event, text: ports.mask(event.text) } : event)
    state = step.state
    if (state.phase !== before) {
      board.mark(state.phase)
      logger.info('phase', { from: before, to: state.phase, event: event.type })
    }
    for (const command of step.commands) carryOut(command, before)
  }

  function assessComponents(): void {
    dispatch({ type: 'components-assessed', verdict: assess(board.components()) })
  }

  function carryOut(command: Command, from: PhaseName): void {
    switch (command) {
      case 'start-children':
        return startChildren()
      case 'configure-database':
        return configure()
      case 'announce-ready':
        return announceReady()
      case 'announce-degraded':
        return announceDegraded()
      case 'stop-everything':
        return guard(stop(from))
      case 'hurry-stop':
        logger.warn('asked to stop again: no more waiting for tools at work')
        return hurry.abort()
      case 'exit':
        return
    }
  }

  /** A worker's unexpected error ends the run; while stopping, it must not keep the exit from coming. */
  function guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => fail(error))
  }

  async function begin(): Promise<void> {
    if (state.phase !== 'preparing') return
    preparing = prepare({ config, environment: ports.environment, board, logger, toolEnvironment })
    try {
      await preparing
      dispatch({ type: 'prepared' })
    } catch (error) {
      preparationFailed(error)
    }
  }

  function preparationFailed(error: unknown): void {
    const exitCode = error instanceof SupervisorError ? error.exitCode : exitCodes.internal
    // The last line says it, unless somebody asked to stop before.
    if (state.phase !== 'preparing') logger.warn('could not have started', { reason: reasonOf(error) })
    dispatch({ type: 'preparation-failed', text: reasonOf(error), exitCode })
  }

  function startChildren(): void {
    guard(
      (async () => {
        const prepared = await preparing
        const own = await readProcess(ports.pid)
        const hasInitScripts = await hasEntries(config.greenplum.initScriptsDirectory)
        if (prepared === undefined || workers.signal.aborted) return
        firstStart = createFirstStart(config.greenplum, prepared)
        startScript(firstStart, hasInitScripts)
        watchFrom(firstStart, {
          firstStart: prepared.firstStart,
          hasInitScripts,
          notBeforeTicks: own?.startTicks ?? 0,
        })
        if (config.pxf.enabled) startPxf(prepared.seeded)
      })(),
    )
  }

  function startScript({ scriptPassword, stageReached }: FirstStart, hasInitScripts: boolean): void {
    const { startScript: command } = config.greenplum
    const given = { ...ports.environment, ...scriptPassword(hasInitScripts) }
    const environment = startScriptEnvironment(given, config)
    const onStage = (stage: Stage) => {
      board.mark(`stage ${stage}`)
      stageReached(stage)
    }
    script = runStartScript(
      { command, arguments: ports.scriptArguments, environment },
      { loggers, sink: ports.sink, onStage },
    )
    board.mark('start script runs')
    board.report('gpdb', { state: 'starting', reason: 'the start script runs' })
    const { exited, stage } = script
    const describe = (end: ChildExit) =>
      `${command} ended by itself: ${describeExit(end)} (at that moment: ${stageText[stage()]})`
    void exited.then((end) => dispatch({ type: 'script-exited', text: describe(end) }))
  }

  function watchFrom(
    { rememberServing, finish }: FirstStart,
    seen: Pick<WatchPorts, 'firstStart' | 'hasInitScripts' | 'notBeforeTicks'>,
  ): void {
    watching = true
    guard(
      watchDatabase(
        {
          config: config.greenplum,
          stage: () => script?.stage() ?? 'launched',
          ...seen,
          report: (change) => board.report('gpdb', change),
          rememberServing,
          finishFirstStart: (target) => finish(target, workers.signal),
          onServing: served,
          onDied: (text) => dispatch({ type: 'database-died', text }),
          onMove: () => void (lastMove = performance.now()),
        },
        workers.signal,
      ),
    )
  }

  function served(first?: { readonly target: SessionTarget; readonly version: string }): void {
    serving = first?.target
    if (first !== undefined) board.learn({ versions: { greenplum: first.version } })
    dispatch({ type: 'database-accepting' })
  }

  function startPxf(seeded: boolean): void {
    const report: Parameters<typeof runPxf>[0]['report'] = (change) => {
      if (change.state === 'starting') board.count('pxfStarts')
      board.report('pxf', change)
    }
    const place = { ...config.pxf, user: config.greenplum.user, advice: adviceFor(config.platform) }
    const explain = (words: string) => causeIn(words, place)
    const parts = { config: config.pxf, toolEnvironment, runTool, logger: loggers('pxf'), report, explain }
    // Not `guard`: whatever goes wrong with PXF, the database stays up (docs/base-image.md, trap 4).
    const heldBack = board.components().pxf.reason
    const work = seeded ? runPxf(parts, workers.signal) : watchPxf(parts, heldBack, workers.signal)
    void work.catch((error: unknown) => {
      logger.error('PXF is not looked after any more; restart the container', { reason: reasonOf(error) })
      report({ state: 'failed', reason: `internal error: ${reasonOf(error)}`, final: true })
    })
  }

  function configure(): void {
    const target = serving
    if (target !== undefined) guard(configureDatabaseAt(target))
    assessComponents()
  }

  async function configureDatabaseAt(target: SessionTarget): Promise<void> {
    const prepared = await preparing
    if (prepared === undefined) return
    const { libraries } = prepared
    const giveUp = (text: string) => dispatch({ type: 'configuration-failed', text })
    const parts = { config, target, board, logger, runTool, toolEnvironment, giveUp, libraries }
    await configureDatabase(parts, workers.signal)
  }

  function announceReady(): void {
    const { timeline, wasReady } = board.snapshot(state)
    board.count('becameReady')
    if (wasReady) return logger.info('ready again')
    const stages = Object.fromEntries(timeline.map(({ event, ms }) => [event, ms]))
    logger.info('ready', { totalMs: timeline.at(-1)?.ms, timelineMs: stages })
  }

  function announceDegraded(): void {
    const parts = Object.entries(board.components())
      .filter(([, status]) => !isReady(status))
      .map(([part, { state: now, reason }]) => ({ part, state: now, reason }))
    logger.warn('degraded: what is up stays up', { parts })
  }

  async function stop(fromPhase: PhaseName): Promise<void> {
    if (state.phase !== 'stopping') return
    const { reason } = state
    workers.abort()
    const prepared = await preparing.catch(() => undefined)
    const end = await endOf(prepared, reason, fromPhase)
    await prepared?.lock.release()
    dispatch({ type: 'stopped' })
    tellEnd(logger, end)
    exit.resolve(end.exitCode)
  }

  async function endOf(
    prepared: Prepared | undefined,
    reason: StopReason,
    fromPhase: PhaseName,
  ): Promise<End> {
    if (prepared === undefined) return { exitCode: reason.exitCode, reason, verdict: undefined }
    try {
      const verdict = await stopRunning(prepared, reason, fromPhase)
      return { exitCode: verdict.exitCode, reason, verdict }
    } catch (error) {
      const text = ports.mask(`${reason.text}; the stop itself failed: ${reasonOf(error)}`)
      return { exitCode: exitCodes.internal, reason: { kind: 'internal-error', text }, verdict: undefined }
    }
  }

  function stopRunning(prepared: Prepared, reason: StopReason, fromPhase: PhaseName): Promise<StopVerdict> {
    const firstStartUnfinished = async () => firstStart?.isUnfinished() ?? prepared.firstStart
    return stopEverything(
      { reason, fromPhase, script, firstStartUnfinished, hurry: hurry.signal },
      { config, loggers, runTool, toolEnvironment },
    )
  }

  function fail(error: unknown): void {
    logger.error('an internal error; what runs is shut down', {
      reason: reasonOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    })
    dispatch({ type: 'internal-error', text: `internal error: ${reasonOf(error)}` })
  }

  return {
    run: async () => {
      const heartbeat = setInterval(() => {
        if (!watching || workers.signal.aborted) lastMove = performance.now()
      }, heartbeatMs)
      await begin()
      const code = await exit.promise
      clearInterval(heartbeat)
      return code
    },
    requestStop: (text) => dispatch({ type: 'stop-requested', text }),
    fail,
    snapshot: () => board.snapshot(state),
    lastMoveMs: () => performance.now() - lastMove,
  }
}
