/**
 * Watches the database for the whole run. It opens no session before the final server is up, reports when every segment
 * responds, detects servers that died, and recognizes a database that was stopped by hand.
 */
import type { Config } from '../../config/config.ts'
import { isCoordinator } from '../../config/role.ts'
import { reasonOf } from '../../errors.ts'
import { observePostmaster, type Postmaster } from '../../greenplum/data-directories.ts'
import { ensureDatabase } from '../../greenplum/databases.ts'
import {
  deadServers,
  observeDatabase,
  observeServers,
  type ObservedServer,
  type Observation,
} from '../../greenplum/readiness.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isFinalServer, isWholeCluster, stageText, type Stage } from '../../greenplum/stages.ts'
import type { ComponentChange } from '../../health/components.ts'
import { sleep } from '../../time.ts'
import { createSightings } from './sightings.ts'

export interface WatchPorts {
  readonly config: Config['greenplum']
  readonly firstStart: boolean
  /** The stage of the start script, and whether it has init scripts that must finish before the database is ready. */
  readonly stage: () => Stage
  readonly hasInitScripts: boolean
  /** Servers that started before this, in kernel ticks, do not belong to this run. */
  readonly notBeforeTicks: number
  readonly report: (change: ComponentChange) => void
  /** The servers of this host, as they were found just now. */
  readonly onServers: (seen: readonly ObservedServer[]) => Promise<void>
  /** The cluster is complete and opening: from now on there may be data, and nothing on the volume may be moved. */
  readonly rememberServing: () => Promise<void>
  /** Completes a first start and records it on the volume, before the database is reported as ready. */
  readonly finishFirstStart: (target: SessionTarget) => Promise<void>
  /** Every segment responded for the first time. Without a target on a host that has segments only. */
  readonly onServing: (first?: { readonly target: SessionTarget; readonly version: string }) => void
  readonly onDied: (text: string) => void
  /** The watch made progress; liveness depends on it. */
  readonly onMove: () => void
}

/** Once ready: pid files every second; a dispatched query, and a look for new directories, every ten. */
const watchMs = 1000
const ticksPerQuery = 10

export async function watchDatabase(ports: WatchPorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  if (!isCoordinator(ports.config)) {
    return watchSegmentHost(ports, signal)
  }
  if (!(await untilServing(ports, signal))) return
  let failures = 0
  let suspects: readonly string[] = []
  let known: readonly string[] | undefined
  for (let tick = 1; !stopped(); tick++) {
    await sleep(watchMs, signal)
    ports.onMove()
    const seen = await lookAtServers(ports, known)
    const dead = deadServers(seen, ports.config)
    // A suspect may have been moved away.
    const isDue = tick % ticksPerQuery === 0 || dead.length > 0
    known = isDue ? undefined : seen.map(({ directory }) => directory)
    // Twice in a row: a gpstart by hand clears a stale pid file only a moment after it starts.
    const died = dead.filter((path) => suspects.includes(path))
    suspects = dead
    if (died.length > 0 && !stopped()) return ports.onDied(`the server in ${died.join(', ')} died`)
    if (failures === 0 && tick % ticksPerQuery !== 0 && dead.length === 0) continue
    const observation = await observeDatabase(ports.config, ports.notBeforeTicks, signal)
    if (stopped()) return
    failures = observation.kind === 'accepting' ? 0 : failures + 1
    reportState(ports, observation, failures)
  }
}

async function lookAtServers(
  { config, onServers }: WatchPorts,
  known?: readonly string[],
): Promise<readonly ObservedServer[]> {
  const seen = await observeServers(config, known)
  await onServers(seen)
  return seen
}

/** A single failure is ignored; two in a row are reported. */
function reportState(ports: WatchPorts, observation: Observation, failures: number): void {
  if (observation.kind === 'accepting') ports.report({ state: 'ready' })
  else if (failures >= 2) {
    ports.report({ state: observation.kind === 'broken' ? 'failed' : 'pending', reason: observation.reason })
  }
}

/** @returns false when the run ends first */
async function untilServing(ports: WatchPorts, signal: AbortSignal): Promise<boolean> {
  const stopped = () => signal.aborted
  const sight = createSightings()
  let lookedAtMs = 0
  for (let pauseMs = 0; !stopped(); await sleep(pauseMs, signal)) {
    ports.onMove()
    if (performance.now() - lookedAtMs >= watchMs) {
      lookedAtMs = performance.now()
      await lookAtServers(ports)
    }
    const sighting = sight(await observePostmaster(ports.config.coordinatorDirectory), performance.now())
    pauseMs = sighting.pauseMs
    const stage = ports.stage()
    // Before the server opens, because clients that keep retrying may connect before the watch does.
    if (ports.firstStart && isWholeCluster(stage) && !(await remembered(ports))) {
      await sleep(watchMs, signal)
      continue
    }
    if (ports.firstStart && !isFinalServer(stage)) {
      ports.report({ state: 'starting', reason: stageText[stage] })
      continue
    }
    if (sighting.died) {
      ports.onDied(`the server in ${ports.config.coordinatorDirectory} died before it was ready`)
      return false
    }
    const observation = await observeDatabase(ports.config, ports.notBeforeTicks, signal)
    if (stopped()) return false
    if (observation.kind !== 'accepting') {
      const state = observation.kind === 'broken' ? 'failed' : 'starting'
      ports.report({ state, reason: `${stageText[stage]}; ${observation.reason}` })
    } else if (ports.firstStart && ports.hasInitScripts && ports.stage() !== 'init-scripts-done') {
      ports.report({
        state: 'starting',
        reason: 'the database is up; the custom init scripts have not finished yet',
      })
    } else if (await serve(ports, observation, signal)) {
      return true
    }
  }
  return false
}

async function remembered(ports: WatchPorts): Promise<boolean> {
  try {
    await ports.rememberServing()
    return true
  } catch (error) {
    ports.report({ state: 'failed', reason: reasonOf(error) })
    return false
  }
}

/** A host without a coordinator: its servers are started and stopped from elsewhere, and only watched here. */
async function watchSegmentHost(ports: WatchPorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  let isServing = false
  for (; !stopped(); await sleep(watchMs, signal)) {
    ports.onMove()
    const servers = await lookAtServers(ports)
    const inState = (...states: Postmaster['state'][]) =>
      servers
        .filter(({ postmaster }) => states.includes(postmaster.state))
        .map(({ directory }) => directory)
        .join(', ')
    const [down, unknown] = [inState('none', 'dead'), inState('unknown')]
    if (servers.length === 0) {
      ports.report({
        state: 'starting',
        reason: 'the coordinator has not created its segments on this host yet',
      })
    } else if (down !== '') {
      ports.report({ state: 'pending', reason: `not running: ${down}; the coordinator starts them` })
    } else if (unknown !== '') {
      ports.report({ state: 'pending', reason: `cannot tell whether they run: ${unknown}` })
    } else {
      ports.report({ state: 'ready' })
      if (!isServing) ports.onServing()
      isServing = true
    }
  }
}

async function serve(
  ports: WatchPorts,
  { target, version }: Extract<Observation, { kind: 'accepting' }>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await ensureDatabase(target, ports.config.database, signal)
    await ports.finishFirstStart(target)
    await lookAtServers(ports)
    ports.report({ state: 'ready' })
    ports.onServing({ target, version })
    return true
  } catch (error) {
    if (!signal.aborted) {
      ports.report({
        state: 'failed',
        reason: `the database is up but incomplete: ${reasonOf(error)}`,
      })
      await sleep(watchMs, signal)
    }
    return false
  }
}
