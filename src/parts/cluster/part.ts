/**
 * Keeps a cluster of several hosts whole, from the coordinator: looks at the catalog, says what is wrong, and takes one
 * step at a time towards the state in which every server runs in its preferred role.
 */
import { attemptsAt, noAttempts, turnOf, withAttempt, type Attempts } from '../../cluster/attempts.ts'
import { probe, readCatalog, type CatalogServer } from '../../cluster/catalog.ts'
import { endOn, firstStartHere } from '../../cluster/first-start.ts'
import { runOnHost } from '../../cluster/ssh.ts'
import { countsOf, entriesOf, explain, type Told } from '../../cluster/explain.ts'
import { judge, type Judgement, type Seen, type Step } from '../../cluster/judge.ts'
import { carryOut } from '../../cluster/orders.ts'
import type { Unequal } from '../../cluster/compare.ts'
import { accepts, sshPort } from '../../cluster/reach.ts'
import { isWholeCluster, leadsOtherHosts } from '../../config/role.ts'
import { adviceFor } from '../../findings/advice.ts'
import { sentenceOf } from '../../findings/finding.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { describeSqlError } from '../../greenplum/sql-errors.ts'
import { gauge, sample } from '../../health/exposition.ts'
import { sleep } from '../../time.ts'
import { admitOtherHosts } from './admit.ts'
import { createComparison, otherHosts } from './alike.ts'
import { hostPortsOf } from '../host-ports.ts'
import { disabled, pending, type Part, type PartRun } from '../part.ts'

export const cluster: Part = {
  name: 'cluster',
  after: ['gpdb'],
  begins: ({ greenplum }) => {
    if (leadsOtherHosts(greenplum)) return pending('waiting for the database')
    return disabled(
      isWholeCluster(greenplum) ? 'all of it is on this host' : 'done by the coordinator, not on this host',
    )
  },
  counters: {
    clusterSteps: {
      metric: 'cluster_recovery_attempts',
      help: 'How often servers were started, mirrors recovered or roles restored.',
    },
  },
  create: (run) => {
    let counts: ReadonlyMap<string, number> = new Map()
    return {
      metrics: () =>
        Promise.resolve([
          gauge(
            'cluster_servers',
            'Servers of the cluster by what the catalog says of them.',
            [...counts].map(([state, value]) => sample({ state }, value)),
          ),
        ]),
      run: (signal) =>
        isWholeCluster(run.config.greenplum) ? Promise.resolve() : admitOtherHosts(run, signal),
      serve: (target, signal) =>
        leadsOtherHosts(run.config.greenplum)
          ? keepWhole(run, target, signal, (seen) => {
              counts = seen
            })
          : Promise.resolve(),
    }
  },
}

/** A query that fails is noticed by the part of the database, which looks more often. */
const wellMs = 15_000
const troubledMs = 5000
const markMs = 20_000

async function keepWhole(
  run: PartRun,
  target: SessionTarget,
  signal: AbortSignal,
  onCounts: (counts: ReadonlyMap<string, number>) => void,
): Promise<void> {
  const comparison = createComparison(run)
  let attempts = noAttempts
  let failures = 0
  const stopped = () => signal.aborted
  while (!stopped()) {
    let isWell = false
    try {
      const seen = await look(run, target, signal)
      await removeMarks(run, seen.servers, signal)
      const judgement = judge(seen)
      onCounts(countsOf(judgement, seen.servers.length))
      failures = 0
      isWell = judgement.troubles.length === 0
      // A host that comes back may have another image.
      if (!isWell) comparison.forget()
      const unequal = isWell ? await comparison.look(seen.servers, signal) : []
      attempts = await act(run, { judgement, unequal }, attempts, signal)
    } catch (error) {
      failures += 1
      if (failures >= 2 && !stopped())
        run.report({ state: 'failed', reason: `the catalog cannot be read: ${describeSqlError(error)}` })
    }
    await sleep(isWell ? wellMs : troubledMs, signal)
  }
}

/** The database serves, so the first start has left nothing that may be moved aside any more. */
async function removeMarks(
  run: PartRun,
  servers: readonly CatalogServer[],
  signal: AbortSignal,
): Promise<void> {
  const { cluster: own, greenplum } = run.config
  const { dataDirectory } = greenplum
  const id = await firstStartHere(dataDirectory)
  if (id === undefined) return
  const ports = await hostPortsOf(run, signal)
  const hosts = otherHosts(servers, own.hostname)
  const ends = await Promise.all(
    hosts.map((host) =>
      runOnHost(host, ['first-start', 'end', id], { timeoutMs: markMs, isQuiet: true }, ports),
    ),
  )
  // Otherwise again at the next look.
  if (ends.every(({ ok }) => ok)) await endOn(dataDirectory, id)
}

/** While queries fail, the coordinator's own probe comes first: a mirror that can be promoted is. */
async function look({ config, status }: PartRun, target: SessionTarget, signal: AbortSignal): Promise<Seen> {
  const isServing = status('gpdb').state === 'ready'
  if (!isServing) await probe(target, signal)
  const catalog = await readCatalog(target, signal)
  const suspects = catalog.servers.filter(({ content, role }) =>
    content < 0 ? role === 'mirror' && !catalog.standbyStreams : !isServing,
  )
  const answers = await Promise.all(
    suspects.map(async ({ address: host, port, dbid }) => ((await accepts({ host, port })) ? [] : [dbid])),
  )
  return { ...catalog, silent: new Set(answers.flat()), standbyHost: config.cluster.peer }
}

interface Found {
  readonly judgement: Judgement
  /** Only looked for while nothing else is wrong. */
  readonly unequal: readonly Unequal[]
}

/** @returns the attempts so far */
async function act(
  run: PartRun,
  { judgement, unequal }: Found,
  last: Attempts,
  signal: AbortSignal,
): Promise<Attempts> {
  const { step, absent } = await reachable(judgement.step)
  const attempts = attemptsAt(step, last)
  const turn = turnOf(attempts, performance.now())
  if (signal.aborted) return attempts
  tell(run, judgement, { attempts, turn, absent, unequal })
  if (step.kind === 'none' || turn !== 'now' || run.config.cluster.recovery === 'report') return attempts
  const failure = await attempt(run, step, attempts.count + 1, signal)
  return withAttempt(attempts, failure, performance.now())
}

interface Reachable {
  readonly step: Step
  readonly absent: readonly string[]
}

/** What can be done of a step on the hosts that are there. */
async function reachable(step: Step): Promise<Reachable> {
  if (step.kind === 'none') return { step, absent: [] }
  const hosts = [...new Set(step.servers.map(({ hostname }) => hostname))]
  const present = await Promise.all(hosts.map((host) => accepts({ host, port: sshPort })))
  const absent = hosts.filter((_, index) => present[index] !== true)
  const servers = step.servers.filter(({ hostname }) => !absent.includes(hostname))
  return { step: servers.length === 0 ? { kind: 'none' } : { ...step, servers }, absent }
}

function tell(
  { config, report, logger, status }: PartRun,
  judgement: Judgement,
  seen: Pick<Told, 'attempts' | 'turn' | 'absent' | 'unequal'>,
): void {
  const { cluster: policy, greenplum, platform } = config
  const advice = adviceFor(platform)
  const found = explain({ judgement, ...seen, recovery: policy.recovery, advice, user: greenplum.user })
  const before = status().finding
  if (found === undefined) {
    if (before !== undefined) logger.info('the cluster is whole again')
    return report({ state: 'ready', entries: [] })
  }
  if (found.text !== before?.text)
    logger.warn(
      found.id === 'database.cluster' ? 'the cluster is not whole' : 'the hosts of the cluster differ',
      { ...found },
    )
  const isReady = policy.ready === 'serving' && found.severity === 'warning'
  report({
    state: isReady ? 'ready' : 'failed',
    reason: sentenceOf(found),
    finding: found,
    entries: entriesOf(judgement, new Date().toISOString()),
  })
}

/** @returns what went wrong; empty on success */
async function attempt(
  run: PartRun,
  step: Exclude<Step, { kind: 'none' }>,
  number: number,
  signal: AbortSignal,
): Promise<string> {
  const { count, logger } = run
  const what = { step: step.kind, attempts: number, servers: step.servers.map(({ dbid }) => dbid) }
  logger.info('a recovery begins', what)
  count('clusterSteps')
  const begin = performance.now()
  const failure = await carryOut(step, await hostPortsOf(run, signal))
  const seconds = Math.round((performance.now() - begin) / 100) / 10
  if (failure === '') logger.info('a recovery ended', { ...what, seconds })
  else if (!signal.aborted) logger.warn('a recovery failed', { ...what, seconds, failure })
  return failure
}
