/** PXF_BASE: the files of the image on the volume, and, with PXF_SYNC_ON_START=1, on the other hosts. */
import { reasonOf } from '../../errors.ts'
import { findingIn } from '../../findings/error.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { syncPxfCluster } from '../../pxf/cluster-sync.ts'
import { heldBackFinding } from '../../seeding/faults.ts'
import { sleep } from '../../time.ts'
import { seedOptionsOf } from '../../seeding/options.ts'
import { driftOf, reconcileSeeds, type SeedOutcome } from '../../seeding/reconcile.ts'
import { disabled, pending, withoutPxf, type Part, type PartRun, type Work } from '../part.ts'

export const seed: Part = {
  name: 'seed',
  // `pxf cluster sync` logs in through the rule.
  after: ['hba'],
  begins: (config) =>
    config.pxf.enabled ? pending('PXF_BASE is not prepared yet') : disabled(withoutPxf(config)),
  create,
}

function create(run: PartRun): Work {
  if (!run.config.pxf.enabled) return {}
  let isMissed = false
  return {
    prepare: (signal) => prepare(run, signal),
    reconcile: async ({ target, isFirst }, signal) => {
      if (isFirst && run.config.pxf.syncOnStart) isMissed = !(await sync(run, target, signal))
      return 'unchanged'
    },
    // A host that was away comes back. At its own pace, because it may take long.
    serve: async (target, signal) => {
      const stopped = () => signal.aborted
      while (run.config.pxf.syncOnStart && !stopped()) {
        await sleep(againMs, signal)
        if (isMissed && !stopped()) isMissed = !(await sync(run, target, signal))
      }
    },
  }
}

const againMs = 60_000

async function prepare({ config, environment, logger, report, learn, note }: PartRun, signal: AbortSignal) {
  try {
    const outcome = await reconcileSeeds(seedOptionsOf(config, environment), signal)
    for (const found of [...outcome.heldBack.map(heldBackFinding), ...outcome.warnings]) note(found)
    logger.info('PXF_BASE is seeded', summaryOf(outcome))
    learn({ seedDrift: driftOf(outcome) })
    report({ state: 'ready' })
  } catch (error) {
    signal.throwIfAborted()
    const reason = reasonOf(error)
    logger.error('PXF_BASE could not be seeded; the database starts without PXF', { reason })
    // Seeding is not retried in this run.
    const fault = findingIn(error)
    report({ state: 'failed', reason, final: true, ...(fault === undefined ? {} : { finding: fault }) })
  }
}

const summaryOf = (outcome: SeedOutcome) => ({
  outcome: outcome.outcome,
  written: outcome.files
    .filter(({ action }) => action !== 'none' && action !== 'keep')
    .map((file) => file.path),
  backups: outcome.files.flatMap((file) => (file.backup === undefined ? [] : [file.backup])),
  drift: driftOf(outcome),
})

/** @returns whether all hosts have it */
async function sync(
  { config, logger, report, runTool, status, toolEnvironment: environmentOfTools }: PartRun,
  { port: coordinatorPort }: SessionTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const failure = await environmentOfTools()
    .then((toolEnvironment) =>
      syncPxfCluster(config, { toolEnvironment, coordinatorPort, runTool, logger, signal }),
    )
    .catch(reasonOf)
  if (signal.aborted) return true
  if (failure === '') {
    logger.info('pxf cluster sync succeeded')
    if (isOurs(status().reason)) report({ state: 'ready' })
    return true
  }
  logger.error('pxf cluster sync failed; the other hosts may have an older configuration', { failure })
  report({ state: 'failed', reason: `${ours}${failure}`, final: true })
  return false
}

/** What the seeding itself found stays. */
const ours = 'PXF_SYNC_ON_START: '
const isOurs = (reason: string): boolean => reason.startsWith(ours)
