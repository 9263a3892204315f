/**
 * Starts the servers of one host without gpstart: the segments side by side, then the coordinator, as gpstart does in
 * the end. What gpstart does before that, with two more starts of the coordinator and a session of ssh, is replaced by
 * looking at the files (judge.ts) and at the catalog once it is open.
 */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { isWholeCluster } from '../config/role.ts'
import { reasonOf } from '../errors.ts'
import { observePostmaster } from '../greenplum/data-directories.ts'
import { coordinatorTarget } from '../greenplum/readiness.ts'
import { serversStarted } from '../greenplum/start-kind.ts'
import { differenceTo, readCatalog } from './catalog.ts'
import { eraOf, writeEra } from './era.ts'
import { observeHost, type HostFacts, type ServerFacts } from './facts.ts'
import { reasonForGpstart, type CheckName } from './judge.ts'
import { clearLeftovers } from './leftovers.ts'
import { startServer, stopServer, type ServerPorts } from './servers.ts'

export interface FastStart extends Omit<ServerPorts, 'profile'> {
  readonly config: Config
  readonly hostname: string
  readonly now: Date
  /** Whether the start script still waits for this. If not, nothing may be started. */
  readonly isWanted: () => boolean
  /** Checks that tests leave out, to show what they prevent. */
  readonly without?: readonly (CheckName | 'catalog')[]
}

/** `unsuited`: nothing was done. `failed`: what was started has been stopped again. */
export type Outcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'unsuited'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

export async function fastStart(start: FastStart): Promise<Outcome> {
  const { config, isWanted, say, without } = start
  const { greenplum } = config
  if (!greenplum.fastStart.enabled) return unsuited(`${greenplum.fastStart.variable}=off`)
  if (!isWholeCluster(greenplum)) return unsuited(`this host is a ${greenplum.deployment}`)
  let host: HostFacts
  try {
    host = await observeHost(greenplum, start)
  } catch (error) {
    return unsuited(reasonOf(error))
  }
  const reason = reasonForGpstart(host, without)
  if (reason !== undefined) return unsuited(reason)
  if (!isWanted()) return unsuited('the start script has ended')
  const begin = performance.now()
  try {
    await startAll(host.servers, start)
  } catch (error) {
    const left = start.signal.aborted ? [] : await stopAll(host.servers, start)
    return { kind: 'failed', reason: [reasonOf(error), ...left].join('; ') }
  }
  say(serversStarted(host.servers.length, performance.now() - begin))
  return { kind: 'started' }
}

const unsuited = (reason: string): Outcome => ({ kind: 'unsuited', reason })

async function startAll(servers: readonly ServerFacts[], start: FastStart): Promise<void> {
  const { config, hostname, now, say } = start
  const { coordinatorDirectory, profile } = config.greenplum
  const removed = await clearLeftovers(servers)
  if (removed.length > 0) say(`fast start: files of killed servers were removed: ${removed.join(', ')}`)
  for (const { control, directory } of servers)
    if (control !== undefined && control.state !== 'shut down')
      say(`fast start: ${directory} was not shut down ("${control.state}"); it recovers from its WAL first`)
  const [coordinator, ...segments] = servers.map((server) => ({ ...server, port: server.port ?? 0 }))
  if (coordinator === undefined) throw new Error('there is no coordinator')
  const ports: ServerPorts = { ...start, profile }
  const era = eraOf({ hostname, port: coordinator.port, directory: coordinatorDirectory, now })
  await writeEra(join(coordinatorDirectory, profile.logFolder), era)
  const ends = await Promise.allSettled(segments.map((segment) => startServer(segment, era, ports)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  await startServer(coordinator, era, ports)
  const postmaster = await observePostmaster(coordinatorDirectory)
  if (postmaster.state !== 'alive') throw new Error('the coordinator ended right after its start')
  const target = coordinatorTarget(config.greenplum, postmaster)
  const catalog = await readCatalog(target, start.signal)
  const difference = differenceTo(catalog, servers.map(asInCatalog))
  if (difference !== undefined && start.without?.includes('catalog') !== true) throw new Error(difference)
}

const asInCatalog = ({ dbid, content, port, directory }: ServerFacts) => ({
  dbid: dbid ?? 0,
  content: content ?? 0,
  port: port ?? 0,
  datadir: directory,
})

/** The coordinator first. @returns the failures */
export async function stopAll(
  servers: readonly Pick<ServerFacts, 'directory' | 'isCoordinator'>[],
  start: Omit<FastStart, 'isWanted' | 'now'>,
): Promise<string[]> {
  const ports: ServerPorts = { ...start, profile: start.config.greenplum.profile }
  const stop = async (isCoordinator: boolean) =>
    Promise.all(
      servers
        .filter((server) => server.isCoordinator === isCoordinator)
        .map(({ directory }) => stopServer(directory, ports)),
    )
  const failures = [...(await stop(true)), ...(await stop(false))]
  return failures.filter((failure) => failure !== undefined)
}
