/**
 * Watches the database for the whole run: opens no session before the final server is up, says when every
 * segment answers, notices when a server died, and takes note of one that was stopped by hand.
 */
import type { Config } from '../../config/config.ts'
import { reasonOf } from '../../errors.ts'
import { findServerDirectories, observePostmaster } from '../../greenplum/data-directories.ts'
import { ensureDatabase } from '../../greenplum/databases.ts'
import { findDeadServers, observeDatabase, type Observation } from '../../greenplum/readiness.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isFinalServer, isWholeCluster, stageText, type Stage } from '../../greenplum/stages.ts'
import type { ComponentChange } from '../../health/components.ts'
import { sleep } from '../../time.ts'

export interface WatchPorts {
  readonly config: Config['greenplum']
  readonly firstStart: boolean
  /** The start script's own stage, and whether it has init scripts to run before the database counts. */
  readonly stage: () => Stage
  readonly hasInitScripts: boolean
  /** Servers older than this, in kernel ticks, are none of ours. */
  readonly notBeforeTicks: number
  readonly report: (change: ComponentChange) => void
  /** The cluster is whole and opens: from now on there may be data, and nothing of the volume may be moved. */
  readonly rememberServing: () => Promise<void>
  /** Sets what only a first start sets, and writes down that it is finished; done before anybody is told. */
  readonly finishFirstStart: (target: SessionTarget) => Promise<void>
  /** Every segment answered for the first time; without a target on a host that has segments only. */
  readonly onServing: (first?: { readonly target: SessionTarget; readonly version: string }) => void
  readonly onDied: (text: string) => void
  /** The watch moved; liveness rests on it. */
  readonly onMove: () => void
}

/** While starting: a ready database should not wait for its check. */
const startingMs = 200
/** Once ready: pid files every second, a dispatched query every ten. */
const watchMs = 1000
const ticksPerQuery = 10
/** With `startingMs` between them: a second, in which gpstart by hand may clear a pid file. */
const deadSightings = 5

export async function watchDatabase(ports: WatchPorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  if (ports.config.deployment === 'segment' || ports.config.deployment === 'standby') {
    return watchSegmentHost(ports, signal)
  }
  if (!(await untilServing(ports, signal))) return
  let failures = 0
  let suspects: readonly string[] = []
  for (let tick = 1; !stopped(); tick++) {
    await sleep(watchMs, signal)
    ports.onMove()
    const dead = await findDeadServers(ports.config)
    // Twice in a row: gpstart by hand clears a stale pid file only a moment after it begins.
    const died = dead.filter((path) => suspects.includes(path))
    suspects = dead
    if (died.length > 0 && !stopped()) return ports.onDied(`the server in ${died.join(', ')} died`)
    if (failures === 0 && tick % ticksPerQuery !== 0 && dead.length === 0) continue
    const observation = await observeDatabase(ports.config, ports.notBeforeTicks, signal)
    if (stopped()) return
    failures = observation.kind === 'accepting' ? 0 : failures + 1
    tell(ports, observation, failures)
  }
}

/** One bad answer is no verdict; two are. */
function tell(ports: WatchPorts, observation: Observation, failures: number): void {
  if (observation.kind === 'accepting') ports.report({ state: 'ready' })
  else if (failures >= 2) {
    ports.report({ state: observation.kind === 'broken' ? 'failed' : 'pending', reason: observation.reason })
  }
}

/** @returns false when the run ends first */
async function untilServing(ports: WatchPorts, signal: AbortSignal): Promise<boolean> {
  const stopped = () => signal.aborted
  const hasDied = createDeathWatch(ports.config.coordinatorDirectory)
  for (; !stopped(); await sleep(startingMs, signal)) {
    ports.onMove()
    const stage = ports.stage()
    // Before the server opens: clients that try again and again are in sooner than we are.
    if (ports.firstStart && isWholeCluster(stage) && !(await remembered(ports))) {
      await sleep(watchMs, signal)
      continue
    }
    if (ports.firstStart && !isFinalServer(stage)) {
      ports.report({ state: 'starting', reason: stageText[stage] })
      continue
    }
    if (await hasDied()) {
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
        reason: 'the database is up; the custom init scripts are not done yet',
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

/**
 * Answers true once the coordinator was seen alive and then, several times in a row, gone with its pid file left.
 * A pid file that was stale from the beginning is gpstart's to clear.
 */
function createDeathWatch(directory: string): () => Promise<boolean> {
  let seen: number | undefined
  let sightings = 0
  return async () => {
    const postmaster = await observePostmaster(directory)
    if (postmaster.state === 'alive') seen = postmaster.file.pid
    sightings = postmaster.state === 'dead' && postmaster.pid === seen ? sightings + 1 : 0
    return sightings >= deadSightings
  }
}

/** A host without a coordinator: its servers are started and stopped from elsewhere, and only looked at here. */
async function watchSegmentHost(ports: WatchPorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  let told = false
  for (; !stopped(); await sleep(watchMs, signal)) {
    ports.onMove()
    const directories = await findServerDirectories(ports.config)
    const servers = await Promise.all(directories.map(observePostmaster))
    const down = directories.filter((_, index) => servers[index]?.state !== 'alive')
    if (directories.length === 0) {
      ports.report({
        state: 'starting',
        reason: 'the coordinator has not made its segments on this host yet',
      })
    } else if (down.length > 0) {
      ports.report({
        state: 'pending',
        reason: `not running: ${down.join(', ')}; the coordinator starts them`,
      })
    } else {
      ports.report({ state: 'ready' })
      if (!told) ports.onServing()
      told = true
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
    ports.report({ state: 'ready' })
    ports.onServing({ target, version })
    return true
  } catch (error) {
    if (!signal.aborted) {
      ports.report({
        state: 'failed',
        reason: `the database answers, but is not complete: ${reasonOf(error)}`,
      })
      await sleep(watchMs, signal)
    }
    return false
  }
}
