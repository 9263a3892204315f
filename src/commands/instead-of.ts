/**
 * `instead-of`: what the functions of entrypoint/start-script.bash ask before they run a tool of Greenplum. Its lines are
 * in the format of those tools, so the log takes them for what they are.
 */
import { join } from 'node:path'
import { runTool } from '../children/tool.ts'
import { beginOnCoordinator, hostsIn } from '../cluster/first-start.ts'
import { runOnHost, type HostPorts } from '../cluster/ssh.ts'
import { leadsOtherHosts } from '../config/role.ts'
import { fastStop } from '../fast-start/restart.ts'
import { fastStart, type FastStart } from '../fast-start/start.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { stopEnvironment } from '../greenplum/shutdown.ts'
import { preparedClusterAdopted } from '../greenplum/start-kind.ts'
import { hostFileName } from '../image/cluster-files.ts'
import { adoptPreparedCluster } from '../prepared/adopt.ts'
import { configurationFileOf } from '../prepared/gpinitsystem.ts'
import { toolLine, type ToolLineContext } from './tool-line.ts'

export interface InsteadContext extends ToolLineContext {
  /** Whether the start script that asked still runs. */
  readonly scriptRuns: () => boolean
  /** Aborts on TERM and INT. */
  readonly signal: AbortSignal
}

/** The answers to the function. */
const answers = {
  /** The tool is not needed. */
  done: 0,
  /** Something was tried and has been undone. */
  failed: 1,
  /** Nothing was tried. */
  useTheTool: 3,
} as const

/** Servers may have to be stopped. */
const beginMs = 120_000

type Say = (text: string, level?: 'INFO' | 'WARNING') => void

export async function insteadOf(
  context: InsteadContext,
  tool: string | undefined,
  words: readonly string[],
): Promise<number> {
  const say: Say = (text, level = 'INFO') => context.print(toolLine(context, level, text))
  switch ([tool, ...words].join(' ')) {
    case 'gpstart -a':
      return insteadOfGpstart(context, say)
    case 'gpstop -ar':
      return insteadOfRestart(context, say)
    default:
      return tool === 'gpinitsystem' ? insteadOfGpinitsystem(context, words, say) : answers.useTheTool
  }
}

async function startOf(context: InsteadContext, say: Say): Promise<FastStart> {
  const { config, environment, hostname, scriptRuns, signal } = context
  return {
    config,
    hostname,
    runTool,
    say,
    signal,
    toolEnvironment: await readToolEnvironment(environment),
    now: new Date(),
    isWanted: () => scriptRuns() && !signal.aborted,
  }
}

/** What does not end well with any of the three. */
interface Refusal {
  readonly kind: 'unsuited' | 'failed'
  readonly reason: string
}

interface Wording {
  readonly what: string
  /** How a failure is said. */
  readonly failed: string
  readonly tool: string
}

function leaveToTool({ kind, reason }: Refusal, { what, failed, tool }: Wording, say: Say): number {
  if (kind === 'unsuited') {
    say(`${what}: not used, because ${reason}; ${tool}`)
    return answers.useTheTool
  }
  say(`${what}: ${failed} ${reason}; ${tool}`, 'WARNING')
  return answers.failed
}

async function insteadOfGpstart(context: InsteadContext, say: Say): Promise<number> {
  const outcome = await fastStart(await startOf(context, say))
  if (outcome.kind === 'started') return answers.done
  const wording = { what: 'fast start', failed: 'failed:', tool: 'gpstart starts the servers' }
  return leaveToTool(outcome, wording, say)
}

/** The last line tells the stages of a start (image/greenplum6.ts) that the temporary servers are gone. */
async function insteadOfRestart(context: InsteadContext, say: Say): Promise<number> {
  const outcome = await fastStop(await startOf(context, say))
  if (outcome.kind === 'stopped') {
    say('Restarting System...')
    return answers.done
  }
  const tool = 'gpstop restarts the servers'
  return leaveToTool(outcome, { what: 'fast restart', failed: 'not used, because', tool }, say)
}

async function insteadOfGpinitsystem(
  context: InsteadContext,
  words: readonly string[],
  say: Say,
): Promise<number> {
  const { config, environment, hostname } = context
  if (leadsOtherHosts(config.greenplum)) return beforeGpinitsystem(context, say)
  const configurationFile = configurationFileOf(words)
  if (configurationFile === undefined) return answers.useTheTool
  const outcome = await adoptPreparedCluster({
    config,
    configurationFile,
    hostname,
    environment,
    toolEnvironment: await readToolEnvironment(environment),
    now: new Date().toISOString(),
    say,
  })
  if (outcome.kind === 'adopted') {
    say(preparedClusterAdopted)
    return answers.done
  }
  const tool = 'gpinitsystem creates the cluster'
  return leaveToTool(outcome, { what: 'prepared cluster', failed: 'cannot be adopted:', tool }, say)
}

/** With several hosts the tool creates the cluster; what an earlier attempt left on the others is moved aside first. */
async function beforeGpinitsystem(
  { config, environment, signal }: InsteadContext,
  say: Say,
): Promise<number> {
  const { dataDirectory } = config.greenplum
  const id = await beginOnCoordinator(dataDirectory)
  const toolEnvironment = stopEnvironment(await readToolEnvironment(environment), config)
  const logger = { relay: (_: unknown, text: string) => say(text) }
  const ports: HostPorts = { config, toolEnvironment, runTool, signal, logger }
  const hosts = await hostsIn(join(dataDirectory, hostFileName))
  const ends = await Promise.all(
    hosts.map(async (host) => ({
      host,
      ...(await runOnHost(host, ['first-start', 'begin', id], { timeoutMs: beginMs }, ports)),
    })),
  )
  for (const { host, failure } of ends)
    if (failure !== '') say(`${host} cannot be prepared for a first start: ${failure}`, 'WARNING')
  return answers.useTheTool
}
