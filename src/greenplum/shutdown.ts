/**
 * Shuts Greenplum down, from every stage of the start: let a running gp* tool finish, stop the servers (the
 * coordinator, then the segments, each in fast and then in immediate mode), end the start script, and verify with
 * pg_controldata that every server was shut down cleanly. A failing step never skips the next (docs/base-image.md,
 * traps 4 to 6). Every host stops its own servers, and no others; gpstop may kill a healthy one (trap 17).
 */
import type { RunTool } from '../children/tool.ts'
import { send } from '../children/child.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../logging/logger.ts'
import { waitUntil } from '../time.ts'
import { verifyShutDown, type ShutdownState } from './control-data.ts'
import {
  findServerDirectories,
  observePostmaster,
  surveyServers,
  type Postmaster,
} from './data-directories.ts'
import { dataDirectoryVariables, loginVariables } from './environment.ts'
import { pgCtlStop } from './pg-ctl.ts'
import { runningTools } from './processes.ts'
import type { StartScript } from './start-script.ts'

export interface ShutdownPorts {
  readonly config: Config['greenplum']
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly logger: Logger
}

export interface ShutdownStep {
  readonly name: string
  readonly ms: number
  /** What went wrong; empty on success. */
  readonly failure: string
}

export interface ShutdownReport {
  readonly steps: readonly ShutdownStep[]
  readonly directories: readonly ShutdownState[]
  /** The state of every server directory is `shut down`. Also true if there is none yet. */
  readonly proven: boolean
}

/** The time left for the stop. `hurry` aborts on a second signal. */
export interface StopBudget {
  readonly leftMs: () => number
  readonly hurry: AbortSignal
}

/** Reserved for the stop and its verification while a tool finishes. */
const stopReserveMs = 25_000
/** Share of the time left for a fast stop, whose checkpoint may be slow; the rest is for the steps after it. */
const shareOfFast = 0.6
/** An immediate stop writes nothing, so it is fast. */
const immediateSeconds = 20

export async function shutDownGreenplum(
  script: StartScript | undefined,
  budget: StopBudget,
  ports: ShutdownPorts,
): Promise<ShutdownReport> {
  const steps: ShutdownStep[] = []
  const step = async (name: string, work: () => Promise<string>) => {
    const begin = performance.now()
    const failure = await work().catch((error: unknown) => String(error))
    steps.push({ name, ms: Math.round(performance.now() - begin), failure })
    if (failure !== '')
      ports.logger.warn('a step of the stop failed; continuing with the next one', { step: name, failure })
  }
  // Kills only the script: the tool that it runs continues, but nothing new is started.
  script?.signal('SIGKILL')
  await step('wait for the running gp* tool', () => waitForTools(script, budget, ports))
  // The coordinator first, so that nothing is dispatched to segments that are stopping.
  const isCoordinator = (directory: string) => directory === ports.config.coordinatorDirectory
  await step('stop the coordinator', () => stopServers(isCoordinator, budget, ports))
  await step('stop the segments', () => stopServers(() => true, budget, ports))
  const directories = await verify(ports)
  const proven = directories.every(({ clean }) => clean)
  await endScriptGroup(script, ports.config)
  return { steps: steps.filter(({ ms, failure }) => ms > 1 || failure !== ''), directories, proven }
}

async function waitForTools(
  script: StartScript | undefined,
  budget: StopBudget,
  { config, logger }: ShutdownPorts,
): Promise<string> {
  const session = script?.pid
  if (session === undefined) return ''
  const running = () => runningTools(session, config.profile.tools)
  const [first] = await running()
  if (first === undefined) return ''
  const ms = Math.max(0, budget.leftMs() - stopReserveMs)
  logger.info('waiting for a running Greenplum tool to finish; a second signal ends it now', {
    ...first,
    atMostMs: ms,
  })
  const done = async () => (await running()).length === 0
  if (await waitUntil(done, { ms, everyMs: 100, signal: budget.hurry })) return ''
  for (const { pid } of await running()) send(pid, 'SIGTERM')
  if (await waitUntil(done, { ms: 2000, everyMs: 50 })) return `${first.tool} was stopped with TERM`
  for (const { pid } of await running()) send(pid, 'SIGKILL')
  return `${first.tool} was stopped with KILL`
}

/** Stops the servers that run here, each in fast mode and, if that fails, in immediate mode. */
async function stopServers(
  which: (directory: string) => boolean,
  budget: StopBudget,
  ports: ShutdownPorts,
): Promise<string> {
  const servers = (await serversLeft(ports.config)).filter(({ path }) => which(path))
  const failures = await Promise.all(
    servers.map(async ({ path: directory, postmaster }) => {
      // Its pid file may name an unrelated process, which must not get the signal.
      if (postmaster.state === 'unknown')
        return `cannot tell whether the server in ${directory} is running: ${postmaster.reason}`
      const fast = await stopServer(directory, 'fast', budget, ports)
      return fast === '' ? '' : stopServer(directory, 'immediate', budget, ports)
    }),
  )
  return failures.filter((failure) => failure !== '').join('; ')
}

async function stopServer(
  directory: string,
  mode: 'fast' | 'immediate',
  budget: StopBudget,
  ports: ShutdownPorts,
): Promise<string> {
  const leftSeconds = budget.leftMs() / 1000
  const wanted = mode === 'fast' ? leftSeconds * shareOfFast : Math.min(immediateSeconds, leftSeconds / 2)
  const seconds = Math.max(1, Math.floor(wanted))
  const early = mode === 'fast' ? { signal: budget.hurry } : {}
  return pgCtlStop(directory, { mode, seconds, ...early }, ports)
}

interface Server {
  readonly path: string
  readonly postmaster: Postmaster
}

/** Some failures to inspect a server are temporary: too many open files, a disk that hangs. */
const lookAgainMs = 1000

/** The servers that are running, or may be. */
async function serversLeft(config: Config['greenplum']): Promise<readonly Server[]> {
  const look = async () =>
    Promise.all(
      (await findServerDirectories(config)).map(async (path) => ({
        path,
        postmaster: await observePostmaster(path),
      })),
    )
  let seen: readonly Server[] = []
  const isKnown = async () => {
    seen = await look()
    return seen.every(({ postmaster }) => postmaster.state !== 'unknown')
  }
  await waitUntil(isKnown, { ms: lookAgainMs, everyMs: 100 })
  return seen.filter(({ postmaster }) => postmaster.state === 'alive' || postmaster.state === 'unknown')
}

/** Ends the script's tail and sleep. A running postmaster in the same process group must not be killed. */
async function endScriptGroup(script: StartScript | undefined, config: Config['greenplum']): Promise<void> {
  const running = await Promise.all((await findServerDirectories(config)).map(observePostmaster))
  const shared = running.some(
    (server) => server.state === 'unknown' || (server.state === 'alive' && server.group === script?.pid),
  )
  if (!shared) script?.signalGroup('SIGKILL')
}

async function verify(ports: ShutdownPorts): Promise<ShutdownState[]> {
  const { directories, unreadable } = await surveyServers(ports.config)
  const verified = await verifyShutDown(directories, { ...ports.toolEnvironment, LC_ALL: 'C' }, ports.runTool)
  return [
    ...verified,
    ...unreadable.map(({ path, reason }) => ({ path, state: `unknown (${reason})`, clean: false })),
  ]
}

/** The environment for the stop: that of `~/.bashrc`, and the variables that it lacks until the script has run. */
export const stopEnvironment = (
  bashrc: Readonly<Record<string, string>>,
  config: Config,
): Record<string, string> => ({ ...bashrc, ...dataDirectoryVariables(config), ...loginVariables(config) })
