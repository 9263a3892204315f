/**
 * Carries out a step, as the administrator would: over ssh, which the tools of Greenplum need between the hosts anyway,
 * and with `gprecoverseg`. Every host is asked first whether it may be used; what killed servers left there is removed.
 */
import { join } from 'node:path'
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { readEra } from '../fast-start/era.ts'
import { withPrefix } from '../greenplum/environment.ts'
import type { ImageVariable } from '../image/profile.ts'
import { familyVariable } from '../image/recognise.ts'
import type { Logger } from '../logging/logger.ts'
import { shellWord } from '../printable.ts'
import type { CatalogServer } from './catalog.ts'
import type { Step } from './judge.ts'
import { asWord } from './wanted.ts'

export interface OrderPorts {
  readonly config: Config
  /** Of the tools, with the directory of the coordinator. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** A crash recovery, or a copy of what a mirror has missed, takes as long as it takes; only a hang takes this long. */
const longestMs = 6 * 3_600_000
/** While roles are restored, nothing can be read; a host that is lost meanwhile is waited for in vain. */
const rebalanceMs = 3 * 60_000
const prepareMs = 60_000
const connectSeconds = 10

/** @returns what went wrong; empty on success */
export async function carryOut(step: Exclude<Step, { kind: 'none' }>, ports: OrderPorts): Promise<string> {
  const hosts = [...new Set(step.servers.map(({ hostname }) => hostname))]
  const start = step.kind === 'start'
  const failures = await Promise.all(
    hosts.map((hostname) =>
      orderHost(hostname, start ? step.servers.filter((server) => server.hostname === hostname) : [], ports),
    ),
  )
  const failed = failures.filter((failure) => failure !== '')
  if (start || failed.length > 0) return failed.join('; ')
  const { runTool, toolEnvironment, signal, logger } = ports
  const rebalances = step.kind === 'rebalance'
  const { failure } = await runTool({
    command: 'gprecoverseg',
    arguments: [rebalances ? '-ra' : '-a'],
    environment: toolEnvironment,
    timeoutMs: rebalances ? rebalanceMs : longestMs,
    signal,
    log: logger,
  })
  return failure
}

/** @param servers to start; without any, the host is only prepared */
async function orderHost(
  hostname: string,
  servers: readonly CatalogServer[],
  { config, toolEnvironment, runTool, signal, logger }: OrderPorts,
): Promise<string> {
  const assignments = Object.entries(await environmentThere(config)).map(
    ([name, value]) => `${name}=${shellWord(value)}`,
  )
  const words = ['exec env', ...assignments, 'gp-supervisor start-servers']
  const { failure } = await runTool({
    command: 'ssh',
    arguments: [
      '-o',
      'BatchMode=yes',
      '-o',
      `ConnectTimeout=${connectSeconds}`,
      hostname,
      [...words, ...servers.map((server) => shellWord(asWord(server)))].join(' '),
    ],
    environment: toolEnvironment,
    timeoutMs: servers.length === 0 ? prepareMs : longestMs,
    signal,
    log: logger,
  })
  return failure === '' ? '' : `${hostname}: ${failure}`
}

/** A session of ssh has none of a container's variables. Those that every host of a cluster shares are passed on. */
async function environmentThere({ greenplum, health }: Config): Promise<Record<string, string>> {
  const { profile, user, dataDirectory, segmentPrefix, coordinatorDirectory } = greenplum
  const shared: Partial<Record<ImageVariable, string>> = {
    DEPLOYMENT: 'segment',
    USER: user,
    DATA_DIRECTORY: dataDirectory,
    SEG_PREFIX: segmentPrefix,
  }
  return {
    [familyVariable]: profile.family,
    ...withPrefix(profile, shared),
    HEALTH_PORT: `${health.port}`,
    GPERA: await readEra(join(coordinatorDirectory, profile.logFolder)),
  }
}
