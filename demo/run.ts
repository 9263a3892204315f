/**
 * `make demo`: installs the stand-in in a scratch folder and runs the built supervisor over it in the foreground.
 * A second run is a later start. Ctrl-C stops it; the exit code is the supervisor's. Needs Node and npm only.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installStandIn } from '../stand-in/install.ts'
import type { StandIn } from '../stand-in/install.ts'
import { launchSupervisor } from '../stand-in/launch.ts'
import { areFree, findFreePorts } from '../stand-in/ports.ts'
import type { Ports } from '../stand-in/ports.ts'
import { findProcesses, livePid, stopStandIn } from '../stand-in/processes.ts'
import { parseOptions, usage } from './options.ts'
import type { DemoOptions } from './options.ts'

/** Like the real ones, but out of the way of a PostgreSQL that this machine may have. */
const preferredPorts: Ports = { coordinator: 15_432, pxf: 15_888, health: 8008 }
const readyPollMs = 200
/** The supervisor's own budget for a stop, and some more. */
const longestStopMs = 130_000

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  await clearGround(options)
  const isFirstStart = !existsSync(join(options.root, 'data/master'))
  const standIn = installStandIn(options.root, {
    timeScale: options.timeScale,
    ports: await choosePorts(),
    environment: { LOG_FORMAT: 'pretty', ...passedThrough() },
  })
  writeFileSync(pidFile(options.root), `${process.pid}\n`)
  announce(standIn, isFirstStart)
  const supervisor = launchSupervisor({
    root: standIn.root,
    environment: standIn.environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    // A terminal sends Ctrl-C to its whole foreground group; the supervisor gets it once, from here.
    detached: true,
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => supervisor.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  }
  const ended = exitOf(supervisor)
  const wanted = options.exitWhenReady ? await showReadyAndStop(standIn, supervisor, options) : 0
  const code = await ended
  return (await leftSomething(standIn.root)) ? 1 : code || wanted
}

// --- before -----------------------------------------------------------------------------------------------

/** A demo that still runs keeps its folder; what a killed one left behind is ended. */
async function clearGround({ root, fresh }: DemoOptions): Promise<void> {
  if (livePid('demo/run.ts', pidFile(root)) !== undefined) {
    throw new Error(`cannot use ${root}: a demo runs in it already; end that one first, or pass --root`)
  }
  const { coordinator, segments, pxf, scripts } = findProcesses(root)
  if ([coordinator, ...segments, pxf, ...scripts].some((found) => found !== undefined)) {
    console.log(`demo: ending what an earlier run left in ${root}`)
    await stopStandIn(root)
  }
  if (fresh) rmSync(root, { recursive: true, force: true })
}

const pidFile = (root: string): string => join(root, 'demo.pid')

async function choosePorts(): Promise<Ports> {
  const { coordinator, pxf, health } = preferredPorts
  const all = [coordinator, coordinator + 1, coordinator + 2, pxf, health]
  return (await areFree(all)) ? preferredPorts : findFreePorts()
}

const forwarded =
  /^(STANDIN_.*|LOG_LEVEL|LOG_FORMAT|LOG_DATABASE|LOG_PXF|PXF_SEED_OVERWRITE|PXF_SYNC_ON_START|PG_HBA_SAMEHOST|STOP_GRACE_PERIOD)$/

function passedThrough(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && forwarded.test(entry[0]),
    ),
  )
}

function announce({ root, ports, environment }: StandIn, isFirstStart: boolean): void {
  const scale = environment['STANDIN_TIME_SCALE']
  const health = `http://127.0.0.1:${ports.health}`
  console.log(`demo: ${isFirstStart ? 'first' : 'later'} start in ${root}, waits scaled by ${scale}`)
  console.log(`demo: page at ${health}/, health at ${health}/readyz; database on port ${ports.coordinator}`)
  console.log('demo: Ctrl-C stops it; another run starts the same database again, --fresh a new one')
}

// --- until ready ------------------------------------------------------------------------------------------

/** Answers 1 if it never became ready. */
async function showReadyAndStop(
  standIn: StandIn,
  supervisor: ChildProcess,
  options: DemoOptions,
): Promise<number> {
  const isReady = await becomesReady(standIn.ports.health, supervisor, options.timeoutMs)
  if (isReady) await showStatus(standIn)
  else if (isRunning(supervisor)) console.error(`demo: not ready within ${options.timeoutMs / 1000} s`)
  supervisor.kill('SIGTERM')
  setTimeout(() => supervisor.kill('SIGKILL'), longestStopMs).unref()
  return isReady ? 0 : 1
}

async function becomesReady(port: number, supervisor: ChildProcess, timeoutMs: number): Promise<boolean> {
  for (
    const end = Date.now() + timeoutMs;
    Date.now() < end && isRunning(supervisor);
    await sleep(readyPollMs)
  ) {
    if (await answers(port)) return true
  }
  return false
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

async function showStatus({ root, environment }: StandIn): Promise<void> {
  const status = launchSupervisor({
    root,
    environment,
    args: ['status'],
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await exitOf(status)
}

// --- after ------------------------------------------------------------------------------------------------

/** The exit code, or what a shell answers for a signal. */
async function exitOf(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
}

async function leftSomething(root: string): Promise<boolean> {
  const left = await stopStandIn(root)
  const names = [
    ...(left.coordinator === undefined ? [] : ['coordinator']),
    ...left.segments.flatMap((pid, content) => (pid === undefined ? [] : [`segment ${content}`])),
    ...(left.pxf === undefined ? [] : ['PXF']),
    ...left.scripts.map((script) => script.name),
  ]
  if (names.length > 0) console.error(`demo: the supervisor left running, now ended: ${names.join(', ')}`)
  return names.length > 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
