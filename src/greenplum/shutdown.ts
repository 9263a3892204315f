/**
 * The one way down, from every stage of the start: let a gp* tool at work finish, stop the servers (the coordinator,
 * then the segments, each fast, then immediate), end the start script, and prove with pg_controldata that every
 * directory was shut down. A failing step never skips the next (docs/base-image.md, traps 4 to 6). gpstop is for
 * clusters of several hosts only: it may kill a segment (trap 17).
 */
import type { RunTool } from '../children/tool.ts'
import { send } from '../children/child.ts'
import type { Config } from '../config/config.ts'
import { leadsOtherHosts } from '../config/role.ts'
import type { Logger } from '../logging/logger.ts'
import { waitUntil } from '../time.ts'
import { proveShutDown, type DirectoryProof } from './control-data.ts'
import {
  findServerDirectories,
  observePostmaster,
  surveyServers,
  type Postmaster,
} from './data-directories.ts'
import { dataDirectoryVariables, loginVariables } from './environment.ts'
import { toolsAtWork } from './processes.ts'
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
  /** Empty, or what went wrong. */
  readonly failure: string
}

export interface ShutdownReport {
  readonly steps: readonly ShutdownStep[]
  readonly directories: readonly DirectoryProof[]
  /** Every server directory says `shut down`. True as well where there is none yet. */
  readonly proven: boolean
}

/** How long the stop may take, and how much of it is still left. `hurry` aborts on a second signal. */
export interface StopBudget {
  readonly leftMs: () => number
  readonly hurry: AbortSignal
}

/** Kept for the stop and its proof while a tool at work is waited for: on several hosts gpstop took 4.6 s. */
const stopReserveMs = 25_000
/** Of what is left: so much for a fast stop, whose checkpoint may take its time; the rest for what comes after it. */
const shareOfFast = 0.6
/** Nothing is written by an immediate stop. */
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
      ports.logger.warn('a step of the stop failed; the next one runs all the same', { step: name, failure })
  }
  // The script alone: its tool at work runs on, but nothing new begins. It has no say in the stop.
  script?.signal('SIGKILL')
  await step('wait for the gp* tool at work', () => waitForTools(script, budget, ports))
  if (leadsOtherHosts(ports.config)) {
    await step('gpstop fast', () => gpstop('fast', budget, ports))
    await step('gpstop immediate', () => gpstop('immediate', budget, ports))
  }
  // The coordinator first: nothing is dispatched any more when the segments go.
  const isCoordinator = (directory: string) => directory === ports.config.coordinatorDirectory
  await step('stop the coordinator', () => stopServers(isCoordinator, budget, ports))
  await step('stop the segments', () => stopServers(() => true, budget, ports))
  const directories = await prove(ports)
  const proven = directories.every((proof) => proof.clean)
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
  const atWork = () => toolsAtWork(session, config.profile.tools)
  const [first] = await atWork()
  if (first === undefined) return ''
  const ms = Math.max(0, budget.leftMs() - stopReserveMs)
  logger.info('waiting for a Greenplum tool at work; a second signal ends it now', { ...first, atMostMs: ms })
  const done = async () => (await atWork()).length === 0
  if (await waitUntil(done, { ms, everyMs: 100, signal: budget.hurry })) return ''
  for (const { pid } of await atWork()) send(pid, 'SIGTERM')
  if (await waitUntil(done, { ms: 2000, everyMs: 50 })) return `${first.tool} was ended by TERM`
  for (const { pid } of await atWork()) send(pid, 'SIGKILL')
  return `${first.tool} was ended by KILL`
}

async function gpstop(mode: 'fast' | 'immediate', budget: StopBudget, ports: ShutdownPorts): Promise<string> {
  const coordinator = await observePostmaster(ports.config.coordinatorDirectory)
  if (coordinator.state !== 'alive') return ''
  const result = await ports.runTool({
    command: 'gpstop',
    arguments: ['-a', '-M', mode],
    environment: ports.toolEnvironment,
    timeoutMs: Math.max(1000, budget.leftMs() * (mode === 'fast' ? 0.6 : 0.7)),
    ...(mode === 'fast' ? { signal: budget.hurry } : {}),
    log: ports.logger,
  })
  return result.failure
}

/** Those that run here: each fast, and where that fails, immediate. */
async function stopServers(
  which: (directory: string) => boolean,
  budget: StopBudget,
  ports: ShutdownPorts,
): Promise<string> {
  const servers = (await serversLeft(ports.config)).filter(({ path }) => which(path))
  const failures = await Promise.all(
    servers.map(async ({ path: directory, postmaster }) => {
      // Its pid file may name a stranger, which must not get the signal.
      if (postmaster.state === 'unknown') return `cannot tell whether ${directory} runs: ${postmaster.reason}`
      const fast = await pgCtl(directory, 'fast', budget, ports)
      return fast === '' ? '' : pgCtl(directory, 'immediate', budget, ports)
    }),
  )
  return failures.filter((failure) => failure !== '').join('; ')
}

async function pgCtl(
  directory: string,
  mode: 'fast' | 'immediate',
  budget: StopBudget,
  ports: ShutdownPorts,
): Promise<string> {
  const leftSeconds = budget.leftMs() / 1000
  const wanted = mode === 'fast' ? leftSeconds * shareOfFast : Math.min(immediateSeconds, leftSeconds / 2)
  const seconds = Math.max(1, Math.floor(wanted))
  const result = await ports.runTool({
    command: 'pg_ctl',
    arguments: ['stop', '-D', directory, '-m', mode, '-w', '-t', String(seconds)],
    environment: ports.toolEnvironment,
    timeoutMs: (seconds + 2) * 1000,
    ...(mode === 'fast' ? { signal: budget.hurry } : {}),
    log: ports.logger,
  })
  return result.failure
}

interface Server {
  readonly path: string
  readonly postmaster: Postmaster
}

/** What keeps a server from being looked at may pass: too many open files, a disk that hangs. */
const lookAgainMs = 1000

/** Those that run, and those of which nobody can tell. */
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

/** tail and sleep of the script. A postmaster that shares their group and still runs must not be killed. */
async function endScriptGroup(script: StartScript | undefined, config: Config['greenplum']): Promise<void> {
  const running = await Promise.all((await findServerDirectories(config)).map(observePostmaster))
  const shared = running.some(
    (server) => server.state === 'unknown' || (server.state === 'alive' && server.group === script?.pid),
  )
  if (!shared) script?.signalGroup('SIGKILL')
}

async function prove(ports: ShutdownPorts): Promise<DirectoryProof[]> {
  const { directories, unreadable } = await surveyServers(ports.config)
  const proofs = await proveShutDown(directories, { ...ports.toolEnvironment, LC_ALL: 'C' }, ports.runTool)
  return [
    ...proofs,
    ...unreadable.map(({ path, reason }) => ({ path, state: `unknown (${reason})`, clean: false })),
  ]
}

/** The environment of the tools that stop: `~/.bashrc` plus what it lacks before the script has run. */
export const stopEnvironment = (
  bashrc: Readonly<Record<string, string>>,
  config: Config,
): Record<string, string> => ({ ...bashrc, ...dataDirectoryVariables(config), ...loginVariables(config) })
