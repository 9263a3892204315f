/**
 * Supervises PXF next to the database: starts it, watches it, restarts it with backoff, and finally gives up and
 * reports its last output. Nothing here can stop the database. A PXF that is started by hand is accepted.
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
import { decideClassData } from './class-data.ts'
import { isHealthy, markStartLogs, observeJvm, startFailure, type Jvm, type StartMarks } from './probe.ts'
import { nextRestart } from './restart-policy.ts'

export interface PxfPorts {
  readonly config: Config['pxf']
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  readonly runTool: RunTool
  readonly logger: Logger
  readonly report: (change: ComponentChange) => void
  /** Why PXF is down and how to fix it, if its output reveals that. */
  readonly explain: (words: string) => Cause | undefined
}

/** `pxf start` polls for 300 s, so it normally ends before this limit. */
const startTimeoutMs = 330_000
const pollMs = 100
/** Once it runs, a dead PXF is detected within this time. */
const watchMs = 1000
/** The JVM is looked at each time; PXF is asked every third time while it answers. */
const looksPerProbe = 3
/** A running JVM that does not respond for this long is restarted. */
const hungMs = 60_000
/** Time to stop a JVM that hangs: its shutdown endpoint will not respond. */
const hungStopMs = 15_000
/** Time for `pxf restart` or `pxf stop; …; pxf start` by hand before it counts as a failure. */
const byHandMs = 15_000

export async function runPxf(ports: PxfPorts, signal: AbortSignal): Promise<void> {
  let deaths: number[] = []
  let attempts = 0
  let last = ''
  let starter = ports
  const stopped = () => signal.aborted
  while (!stopped()) {
    attempts++
    const before = last === '' ? '' : `; it was down: ${last}`
    ports.report({ state: 'starting', reason: `pxf start is running${before}`, attempts })
    const marks = await markStartLogs(ports.config.base)
    let failure = await startOnce(starter, marks, signal).catch(reasonOf)
    if (stopped()) return
    // Class data make a start quicker; they must never be the reason for none.
    if (failure !== '') starter = withoutClassData(ports)
    if (failure === '') {
      ports.logger.info('PXF is ready', { attempts })
      ports.report({ state: 'ready', attempts })
      failure = await watchUntilDown(ports, signal)
      // With a JVM that hangs, `pxf start` would report that PXF is already running.
      if (!stopped()) await stopPxf(ports, hungStopMs)
    }
    if (stopped()) return
    last = failure
    deaths = [...deaths, performance.now()]
    const next = nextRestart(deaths, performance.now(), Math.random())
    if (next.kind === 'again') {
      ports.logger.warn('PXF is down; restarting it', { reason: failure, afterMs: next.delayMs })
      const reason = `PXF is down (${failure}); it is being restarted`
      ports.report({ state: 'pending', reason, attempts, ...explained(ports, failure) })
      await sleep(next.delayMs, signal)
    } else {
      await giveUp(ports, failure, { signal, deaths: next.deaths, marks })
      deaths = []
    }
  }
}

/** Resolves when PXF has been started by hand, or at the end of the run. */
async function giveUp(
  ports: PxfPorts,
  failure: string,
  run: { readonly signal: AbortSignal; readonly deaths: number; readonly marks: StartMarks },
): Promise<void> {
  const said = await startFailure(ports.config.base, run.marks)
  const reason =
    `PXF failed ${run.deaths} times in 300 s and is not restarted: ${failure}; ` +
    `fix the cause, then run \`pxf start\` or restart the container. It said:\n${said}`
  ports.logger.error('gave up restarting PXF; the database keeps running', { reason })
  ports.report({
    state: 'failed',
    reason,
    final: true,
    finding: down(ports, ports.explain(reason) ?? { cause: failure, fix: seeLogs }),
  })
  await waitUntil(() => isUp(ports.config), { ms: Infinity, everyMs: watchMs, signal: run.signal })
}

const seeLogs =
  'see logs/pxf-app.out and logs/pxf-service.log in PXF_BASE; after the fix, run `pxf start` or restart the container'

/** Empty if the output reveals no cause, and a restart may help; the reason quotes it. */
function explained(ports: PxfPorts, words: string): Pick<ComponentChange, 'finding'> {
  const known = ports.explain(words)
  return known === undefined ? {} : { finding: down(ports, known) }
}

const down = ({ config }: PxfPorts, known: Cause) =>
  finding('pxf.down', { text: 'PXF is down', ...known, where: String(config.port) })

/**
 * Used if PXF is not started because of faults in PXF_BASE. A PXF that is started by hand is reported as it is, and
 * never restarted.
 */
export async function watchPxf(
  { config, logger, report }: Pick<PxfPorts, 'config' | 'logger' | 'report'>,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  const until = (up: boolean) =>
    waitUntil(async () => (await isUp(config)) === up, { ms: Infinity, everyMs: watchMs, signal })
  while (await until(true)) {
    logger.info('PXF is ready; it was started by hand')
    report({ state: 'ready' })
    if (await until(false)) report({ state: 'failed', reason, final: true })
  }
}

async function isUp(config: Config['pxf']): Promise<boolean> {
  return (await observeJvm(config.base)).state === 'alive' && (await isHealthy(config.port))
}

/**
 * Runs `pxf start` once and watches the JVM, because `pxf start` polls for 300 s even if its JVM has exited.
 * @returns why PXF did not start; empty once it responds
 */
async function startOnce(ports: PxfPorts, marks: StartMarks, signal: AbortSignal): Promise<string> {
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
  const failure = await watchStart(ports.config, { before, marks, ended: () => result }, signal)
  if (failure === '') return ''
  cancel.abort()
  await command
  return failure
}

async function watchStart(
  config: Config['pxf'],
  {
    before,
    marks,
    ended,
  }: { readonly before: Jvm; readonly marks: StartMarks; readonly ended: () => ToolResult | undefined },
  signal: AbortSignal,
): Promise<string> {
  // A JVM with invalid options exits before it is observed. Its pid file then differs from that of the previous run.
  const stalePid = before.state === 'gone' ? before.pid : undefined
  let seenPid: number | undefined
  let failure = ''
  const isOver = await waitUntil(
    async () => {
      const result = ended()
      const jvm = await observeJvm(config.base)
      if (jvm.state === 'alive' && (await isHealthy(config.port))) return true
      if (result !== undefined)
        failure = result.ok ? 'pxf start succeeded, but PXF does not respond' : result.failure
      else if (seenPid !== undefined && isEnded(jvm))
        failure = `its JVM (pid ${seenPid}) exited during the start`
      else if (jvm.state === 'gone' && jvm.pid !== stalePid)
        failure = `its JVM (pid ${jvm.pid}) exited immediately`
      if (jvm.state === 'alive') seenPid = jvm.pid
      return failure !== ''
    },
    { ms: startTimeoutMs, everyMs: pollMs, signal },
  )
  if (!isOver && !signal.aborted) failure = `pxf start has not finished within ${seconds(startTimeoutMs)}`
  return failure === '' ? '' : `${failure}: ${await startFailure(config.base, marks)}`
}

/** Runs until PXF is down or the run ends. @returns why PXF counts as down */
async function watchUntilDown(ports: PxfPorts, signal: AbortSignal): Promise<string> {
  const { config } = ports
  let lastAnswer = performance.now()
  let failure = ''
  let looks = 0
  await waitUntil(
    async () => {
      const jvm = await observeJvm(config.base)
      const processIsEnough = failure === '' && ++looks % looksPerProbe !== 0
      if (jvm.state === 'alive' && processIsEnough) return false
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

/** How long each state may last before PXF is restarted. */
const patienceMs: Readonly<Record<Jvm['state'], number>> = {
  gone: 0,
  none: byHandMs,
  alive: hungMs,
  // PXF may be working. Only a successful observation can show that it is down.
  unknown: Infinity,
}

const isEnded = (jvm: Jvm): boolean => jvm.state === 'gone' || jvm.state === 'none'

function describeDown(jvm: Jvm, port: number): string {
  switch (jvm.state) {
    case 'gone':
      return `its JVM (pid ${jvm.pid}) is gone; see logs/pxf-oom.log and logs/pxf-app.out`
    case 'unknown':
      return `cannot tell whether PXF is running: ${jvm.reason}`
    case 'none':
      return 'PXF was stopped by hand; run `pxf start`'
    case 'alive':
      return `its JVM (pid ${jvm.pid}) is running, but does not respond on port ${port}`
  }
}

/** The longest that `pxf stop` may take: 60 s for the shutdown endpoint, then TERM and KILL. */
const stopTimeoutMs = 75_000

/** Stops PXF with its own command and, if that fails, with signals. */
export async function stopPxf(
  ports: Pick<PxfPorts, 'config' | 'toolEnvironment' | 'runTool' | 'logger'>,
  leftMs: number,
  hurry?: AbortSignal,
): Promise<string> {
  const jvm = await observeJvm(ports.config.base)
  if (isEnded(jvm)) return ''
  const timeoutMs = Math.max(1000, Math.min(stopTimeoutMs, leftMs * 0.7))
  const limits = hurry === undefined ? { timeoutMs } : { timeoutMs, signal: hurry }
  const result = await pxfCommand(ports, 'stop', limits)
  const gone = async () => isEnded(await observeJvm(ports.config.base))
  if (await waitUntil(gone, { ms: 500, everyMs: 50 })) return result.failure
  if (jvm.state !== 'alive') return `${result.failure}; ${describeDown(jvm, ports.config.port)}`
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(jvm.pid, signal)
    if (await waitUntil(gone, { ms: 2000, everyMs: 50 }))
      return `${result.failure}; PXF was stopped with ${signal}`
  }
  return `${result.failure}; PXF (pid ${jvm.pid}) could not be stopped`
}

async function pxfCommand(
  ports: Pick<PxfPorts, 'config' | 'toolEnvironment' | 'runTool' | 'logger'>,
  verb: 'start' | 'stop',
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<ToolResult> {
  const environment = pxfEnvironment(ports.config, await ports.toolEnvironment())
  return ports.runTool({
    command: `${ports.config.home}/bin/pxf`,
    arguments: [verb],
    environment: verb === 'start' ? await withClassData(ports, environment) : environment,
    ...limits,
    log: ports.logger,
  })
}

async function withClassData(
  { config, logger }: Pick<PxfPorts, 'config' | 'logger'>,
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const decision = await decideClassData(config, environment)
  if (decision.reason !== '')
    logger.info('PXF starts without the class data of the image', { reason: decision.reason })
  return { ...environment, ...decision.environment }
}

const withoutClassData = (ports: PxfPorts): PxfPorts => ({
  ...ports,
  config: { ...ports.config, classData: { ...ports.config.classData, enabled: false } },
})

/** Overrides the PXF_BASE of `.bashrc` with the configured one. `pxf-env.sh` may still override JVM options. */
function pxfEnvironment(
  config: Config['pxf'],
  tools: Readonly<Record<string, string>>,
): Record<string, string> {
  // Some tools pass an unset variable as an empty one, which must not replace the default.
  const jvmOptions = tools['PXF_JVM_OPTS'] || config.jvmOptions
  return { ...tools, PXF_JVM_OPTS: jvmOptions, PXF_BASE: config.base, PXF_PORT: String(config.port) }
}
