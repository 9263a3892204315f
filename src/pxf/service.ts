/**
 * Runs PXF beside the database: starts it, watches it, starts it again with backoff, and gives up with its
 * last words. Nothing here can end the database. A PXF that someone starts by hand is taken as it is.
 *
 *   starting ──up──▶ ready ──down──▶ (backoff) ──▶ starting
 *       └──failed, more than 5 in 300 s──▶ failed ──up by hand──▶ ready
 */
import { send } from '../children/child.ts'
import type { RunTool, ToolResult } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { ComponentChange } from '../health/components.ts'
import type { Logger } from '../logging/logger.ts'
import { seconds, sleep, waitUntil } from '../time.ts'
import type { Cause } from './cause.ts'
import { isHealthy, observeJvm, startLogTail, type Jvm } from './probe.ts'
import { nextRestart } from './restart-policy.ts'

export interface PxfPorts {
  readonly config: Config['pxf']
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  readonly runTool: RunTool
  readonly logger: Logger
  readonly report: (change: ComponentChange) => void
  /** Why PXF is down, and what helps, where its words tell. */
  readonly explain: (words: string) => Cause | undefined
}

/** PXF's own `start` polls for 300 s; beyond that it has ended by itself. */
const startTimeoutMs = 330_000
const pollMs = 250
/** Once it runs: a dead PXF is noticed within this. */
const watchMs = 1000
/** A living JVM that does not answer for this long is started again. */
const hungMs = 60_000
/** For the stop of a JVM that hangs: its shutdown endpoint will not answer. */
const hungStopMs = 15_000
/** Time for `pxf restart` or `pxf stop; …; pxf start` by hand before it counts as a death. */
const byHandMs = 15_000

export async function runPxf(ports: PxfPorts, signal: AbortSignal): Promise<void> {
  let deaths: number[] = []
  let attempts = 0
  const stopped = () => signal.aborted
  while (!stopped()) {
    attempts++
    ports.report({ state: 'starting', reason: 'pxf start is at work', attempts })
    let failure = await startOnce(ports, signal).catch(reasonOf)
    if (stopped()) return
    if (failure === '') {
      ports.logger.info('PXF answers', { attempts })
      ports.report({ state: 'ready', attempts })
      failure = await watchUntilDown(ports, signal)
      // A JVM that hangs would make `pxf start` say that PXF is running already.
      if (!stopped()) await stopPxf(ports, hungStopMs)
    }
    if (stopped()) return
    deaths = [...deaths, performance.now()]
    const next = nextRestart(deaths, performance.now(), Math.random())
    if (next.kind === 'again') {
      ports.logger.warn('PXF is down; it will be started again', { reason: failure, afterMs: next.delayMs })
      const reason = `PXF is down (${failure}); it is started again`
      ports.report({ state: 'pending', reason, attempts, ...explained(ports, failure) })
      await sleep(next.delayMs, signal)
    } else {
      await giveUp(ports, failure, { signal, deaths: next.deaths })
      deaths = []
    }
  }
}

/** Answers when PXF was started by hand after all, or at the end of the run. */
async function giveUp(
  ports: PxfPorts,
  failure: string,
  run: { readonly signal: AbortSignal; readonly deaths: number },
): Promise<void> {
  const tail = await startLogTail(ports.config.base)
  const reason =
    `PXF went down ${run.deaths} times in 300 s and is not started again: ${failure}; ` +
    `fix the cause, then run \`pxf start\` or restart the container. Last lines of pxf-app.out:\n${tail}`
  ports.logger.error('gave up on PXF; the database stays up', { reason })
  ports.report({ state: 'failed', reason, final: true, ...explained(ports, reason) })
  await waitUntil(() => isUp(ports.config), { ms: Infinity, everyMs: watchMs, signal: run.signal })
}

/** Nothing where the words tell no cause: the reason quotes them. */
function explained({ config, explain }: PxfPorts, words: string): Pick<ComponentChange, 'finding'> {
  const known = explain(words)
  if (known === undefined) return {}
  return { finding: finding('pxf.down', { text: 'PXF is down', ...known, where: String(config.port) }) }
}

/**
 * For a PXF that is not started because of what PXF_BASE lacks: one that somebody starts by hand is reported as it is,
 * and is never started again by us.
 */
export async function watchPxf(
  { config, logger, report }: Pick<PxfPorts, 'config' | 'logger' | 'report'>,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const until = (up: boolean) =>
    waitUntil(async () => (await isUp(config)) === up, { ms: Infinity, everyMs: watchMs, signal })
  while (await until(true)) {
    logger.info('PXF answers; it was started by hand')
    report({ state: 'ready' })
    if (await until(false)) report({ state: 'failed', reason, final: true })
  }
}

async function isUp(config: Config['pxf']): Promise<boolean> {
  return (await observeJvm(config.base)).state === 'alive' && (await isHealthy(config.port))
}

/**
 * One `pxf start`, watched: it would poll for 300 s without ever looking whether its JVM still lives.
 * @returns empty once PXF answers, or why it did not come up
 */
async function startOnce(ports: PxfPorts, signal: AbortSignal): Promise<string> {
  if (await isUp(ports.config)) return ''
  const before = await observeJvm(ports.config.base)
  const cancel = new AbortController()
  let result: ToolResult | undefined
  const command = pxfCommand(ports, 'start', {
    timeoutMs: startTimeoutMs,
    signal: AbortSignal.any([signal, cancel.signal]),
  })
    .catch((error: unknown): ToolResult => ({ ok: false, failure: reasonOf(error), output: '' }))
    .then((ended) => (result = ended))
  const failure = await watchStart(ports.config, { before, ended: () => result }, signal)
  if (failure === '') return ''
  cancel.abort()
  await command
  return failure
}

async function watchStart(
  config: Config['pxf'],
  { before, ended }: { readonly before: Jvm; readonly ended: () => ToolResult | undefined },
  signal: AbortSignal,
): Promise<string> {
  // One that cannot read its options is gone before it is seen: then the pid file tells it from the run before.
  const stalePid = before.state === 'gone' ? before.pid : undefined
  let seenPid: number | undefined
  let failure = ''
  const isOver = await waitUntil(
    async () => {
      const result = ended()
      const jvm = await observeJvm(config.base)
      if (jvm.state === 'alive' && (await isHealthy(config.port))) return true
      if (result !== undefined)
        failure = result.ok ? `pxf start ended, yet PXF does not answer` : result.failure
      else if (seenPid !== undefined && jvm.state !== 'alive')
        failure = `its JVM (pid ${seenPid}) ended during the start`
      else if (jvm.state === 'gone' && jvm.pid !== stalePid)
        failure = `its JVM (pid ${jvm.pid}) ended at once`
      if (jvm.state === 'alive') seenPid = jvm.pid
      return failure !== ''
    },
    { ms: startTimeoutMs, everyMs: pollMs, signal },
  )
  if (!isOver && !signal.aborted) failure = `pxf start has not ended within ${seconds(startTimeoutMs)}`
  return failure === '' ? '' : `${failure}: ${await startLogTail(config.base)}`
}

/** @returns why PXF counts as down; runs until then or until the end of the run */
async function watchUntilDown(ports: PxfPorts, signal: AbortSignal): Promise<string> {
  const { config } = ports
  let lastAnswer = performance.now()
  let failure = ''
  await waitUntil(
    async () => {
      const jvm = await observeJvm(config.base)
      if (jvm.state === 'alive' && (await isHealthy(config.port))) {
        if (failure !== '') ports.report({ state: 'ready' })
        failure = ''
        lastAnswer = performance.now()
        return false
      }
      failure = describeDown(jvm, config.port)
      ports.report({ state: 'pending', reason: failure })
      return performance.now() - lastAnswer > patienceMs[jvm.state]
    },
    { ms: Infinity, everyMs: watchMs, signal },
  )
  return failure
}

/** How long each way of being down is looked at before PXF is started again. */
const patienceMs: Readonly<Record<Jvm['state'], number>> = { gone: 0, none: byHandMs, alive: hungMs }

function describeDown(jvm: Jvm, port: number): string {
  switch (jvm.state) {
    case 'gone':
      return `the JVM (pid ${jvm.pid}) is gone; see logs/pxf-oom.log and logs/pxf-app.out`
    case 'none':
      return 'PXF was stopped by hand; run `pxf start`'
    case 'alive':
      return `the JVM (pid ${jvm.pid}) lives, but does not answer on port ${port}`
  }
}

/** Most of what `pxf stop` may take by itself: 60 s for the shutdown endpoint, then TERM and KILL. */
const stopTimeoutMs = 75_000

/** Stops PXF, by its own command and, where that fails, by signals. */
export async function stopPxf(
  ports: Pick<PxfPorts, 'config' | 'toolEnvironment' | 'runTool' | 'logger'>,
  leftMs: number,
  hurry?: AbortSignal,
): Promise<string> {
  const jvm = await observeJvm(ports.config.base)
  if (jvm.state !== 'alive') return ''
  const timeoutMs = Math.max(1000, Math.min(stopTimeoutMs, leftMs * 0.7))
  const limits = hurry === undefined ? { timeoutMs } : { timeoutMs, signal: hurry }
  const result = await pxfCommand(ports, 'stop', limits)
  const gone = async () => (await observeJvm(ports.config.base)).state !== 'alive'
  if (await waitUntil(gone, { ms: 500, everyMs: 50 })) return result.failure
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(jvm.pid, signal)
    if (await waitUntil(gone, { ms: 2000, everyMs: 50 }))
      return `${result.failure}; PXF was ended by ${signal}`
  }
  return `${result.failure}; PXF (pid ${jvm.pid}) could not be ended`
}

async function pxfCommand(
  ports: Pick<PxfPorts, 'config' | 'toolEnvironment' | 'runTool' | 'logger'>,
  verb: 'start' | 'stop',
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<ToolResult> {
  return ports.runTool({
    command: `${ports.config.home}/bin/pxf`,
    arguments: [verb],
    environment: pxfEnvironment(ports.config, await ports.toolEnvironment()),
    ...limits,
    log: ports.logger,
  })
}

/** `.bashrc` names its own PXF_BASE; the configured one is meant. `pxf-env.sh` may still override JVM options. */
function pxfEnvironment(
  config: Config['pxf'],
  tools: Readonly<Record<string, string>>,
): Record<string, string> {
  // Empty, as some pass what is not set, it would take the place of the default.
  const jvmOptions = tools['PXF_JVM_OPTS'] || config.jvmOptions
  return { ...tools, PXF_JVM_OPTS: jvmOptions, PXF_BASE: config.base, PXF_PORT: String(config.port) }
}
