/**
 * `start-servers`: what the supervisor of the coordinator runs over ssh on a host whose servers are down. It removes what
 * killed servers left, whose pids may belong to other programs by now, and starts the servers that are named, each in the
 * role that the catalog gives it. Its lines are in the format of Greenplum's tools.
 */
import { runTool } from '../children/tool.ts'
import { fromWord } from '../cluster/wanted.ts'
import { reasonAgainstHost, suitabilityOf } from '../cluster/suitable.ts'
import { exitCodes, reasonOf } from '../errors.ts'
import { observeHost, type ServerFacts } from '../fast-start/facts.ts'
import { clearLeftovers } from '../fast-start/leftovers.ts'
import { startServer, type ServerPorts } from '../fast-start/servers.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { usageError } from './command.ts'
import { phaseHere } from './phase-here.ts'
import { toolLine, type ToolLineContext } from './tool-line.ts'

export interface StartServersContext extends ToolLineContext {
  /** Aborts on TERM and INT. */
  readonly signal: AbortSignal
}

const refused = 1

/** @returns 1 if the host is stopping, or a server may not be started or does not start */
export async function startServers(context: StartServersContext, words: readonly string[]): Promise<number> {
  const { config, environment, print, signal } = context
  const wanted = words.map((word) => fromWord(word) ?? unknown(word))
  const say = (text: string, level: 'INFO' | 'ERROR' = 'INFO') => print(toolLine(context, level, text))
  const against = reasonAgainstHost(await phaseHere(config))
  if (against !== undefined) {
    say(against, 'ERROR')
    return refused
  }
  const toolEnvironment = await readToolEnvironment(environment)
  const host = await observeHost(config.greenplum, { toolEnvironment, runTool })
  const removed = await clearLeftovers(host.servers.filter(({ processes }) => processes.length === 0))
  if (removed.length > 0) say(`files of killed servers were removed: ${removed.join(', ')}`)
  const judged = wanted.map((server) => suitabilityOf(server, host))
  for (const found of judged) if (found.kind === 'unsuitable') say(found.reason, 'ERROR')
  const ports: ServerPorts = { profile: config.greenplum.profile, toolEnvironment, runTool, signal, say }
  const era = environment['GPERA'] ?? ''
  const ends = await Promise.all(
    judged.flatMap((found) => (found.kind === 'suitable' ? [start(found.server, era, ports)] : [])),
  )
  for (const failure of ends) if (failure !== '') say(failure, 'ERROR')
  const failed = judged.some(({ kind }) => kind === 'unsuitable') || ends.some((failure) => failure !== '')
  return failed ? refused : exitCodes.clean
}

function unknown(word: string): never {
  throw usageError(`${word} names no server`)
}

/** @returns why it did not start; empty on success */
async function start(server: ServerFacts, era: string, ports: ServerPorts): Promise<string> {
  try {
    await startServer({ ...server, port: server.port ?? 0 }, era, ports)
    ports.say(`${server.directory} was started on port ${server.port ?? 0}`)
    return ''
  } catch (error) {
    return reasonOf(error)
  }
}
