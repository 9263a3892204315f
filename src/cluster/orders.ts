/**
 * Carries out a step, as the administrator would: over ssh, which the tools of Greenplum need between the hosts anyway,
 * and with `gprecoverseg`. Every host is asked first whether it may be used; what killed servers left there is removed.
 */
import type { CatalogServer } from './catalog.ts'
import type { Step } from './judge.ts'
import { runOnHost, type HostPorts } from './ssh.ts'
import { asWord } from './wanted.ts'

/** A crash recovery, or a copy of what a mirror has missed, takes as long as it takes; only a hang takes this long. */
const longestMs = 6 * 3_600_000
/** While roles are restored, nothing can be read; a host that is lost meanwhile is waited for in vain. */
const rebalanceMs = 3 * 60_000
const prepareMs = 60_000

/** @returns what went wrong; empty on success */
export async function carryOut(step: Exclude<Step, { kind: 'none' }>, ports: HostPorts): Promise<string> {
  const hosts = [...new Set(step.servers.map(({ hostname }) => hostname))]
  if (step.kind === 'create-standby') return createStandby(hosts, ports)
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

/** The copy takes as long as the coordinator's directory is large. */
async function createStandby(hosts: readonly string[], ports: HostPorts): Promise<string> {
  const { runTool, toolEnvironment, signal, logger } = ports
  for (const hostname of hosts) {
    const prepared = await runOnHost(
      hostname,
      ['prepare-standby', `${ports.config.cluster.term}`],
      { timeoutMs: prepareMs, asStandby: true },
      ports,
    )
    if (!prepared.ok) return `${hostname}: ${prepared.failure}`
    const { failure } = await runTool({
      command: 'gpinitstandby',
      arguments: ['-a', '-s', hostname],
      environment: toolEnvironment,
      timeoutMs: longestMs,
      signal,
      log: logger,
    })
    if (failure !== '') return failure
  }
  return ''
}

/** @param servers to start; without any, the host is only prepared */
async function orderHost(
  hostname: string,
  servers: readonly CatalogServer[],
  ports: HostPorts,
): Promise<string> {
  const { failure } = await runOnHost(
    hostname,
    ['start-servers', ...servers.map(asWord)],
    { timeoutMs: servers.length === 0 ? prepareMs : longestMs },
    ports,
  )
  return failure === '' ? '' : `${hostname}: ${failure}`
}
