/** The rule in pg_hba.conf: in the file, in the server, verified by a session, restored when it is lost. */
import type { Config } from '../../config/config.ts'
import { reasonOf } from '../../errors.ts'
import { findingIn } from '../../findings/error.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import {
  hbaPath,
  hbaRuleOf,
  reconcileHbaFile,
  reloadConfiguration,
  verifyHbaRule,
} from '../../hba/reconcile.ts'
import { watchFile } from '../../hba/watch.ts'
import { disabled, onCoordinator, type Outcome, type Part, type PartRun, type Work } from '../part.ts'
import { retried } from '../retried.ts'

export const hba: Part = {
  name: 'hba',
  after: ['gpdb'],
  begins: (config) =>
    config.hba.samehost === 'off'
      ? disabled('PG_HBA_SAMEHOST=off')
      : onCoordinator(config, 'waits for the database'),
  counters: {
    hbaRepairs: { metric: 'hba_repairs', help: 'How often a lost pg_hba rule was put back.' },
  },
  create,
}

function create(run: PartRun): Work {
  const path = hbaPath(run.config.greenplum.coordinatorDirectory)
  let queue: Promise<unknown> = Promise.resolve()
  /** The watch and the rounds may come at the same moment; each looks for itself. */
  const inTurn = (work: () => Promise<Outcome>): Promise<Outcome> => {
    const turn = queue.then(work)
    queue = turn.catch(() => {})
    return turn
  }
  return {
    prepare: () => prepare(run, path),
    serve: async (target, signal) =>
      watchFile(path, signal, {
        onChange: () => void inTurn(() => reconcile(run, { path, target, occasion: 'edit' }, signal)),
        onError: (error) =>
          run.logger.warn('pg_hba.conf is not watched any more', { reason: reasonOf(error) }),
      }),
    reconcile: ({ target, isFirst }, signal) =>
      inTurn(() => reconcile(run, { path, target, occasion: isFirst ? 'first' : 'round' }, signal)),
  }
}

/** The file of an existing cluster; a first start has none yet. */
async function prepare({ config, logger, report, status }: PartRun, path: string): Promise<void> {
  if (status().state === 'disabled') return
  try {
    const outcome = await reconcileHbaFile(path, hbaRuleOf(config))
    if (outcome === 'changed') logger.info('pg_hba.conf: rule put in before the start', { path })
  } catch (error) {
    // Tried again once the database is up; it may still start and serve without the rule.
    logger.warn('pg_hba.conf could not be put right before the start', { path, reason: reasonOf(error) })
    report({ state: 'pending', reason: reasonOf(error) })
  }
}

interface Look {
  readonly path: string
  readonly target: SessionTarget
  /** `first`: the file may have been written before the server read it. `edit`: it was written just now. */
  readonly occasion: 'first' | 'edit' | 'round'
}

async function reconcile(
  run: PartRun,
  { path, target, occasion }: Look,
  signal: AbortSignal,
): Promise<Outcome> {
  const { config, logger, report, status, count } = run
  try {
    const outcome = await reconcileHbaFile(path, hbaRuleOf(config))
    if (outcome === 'absent')
      throw new Error(`cannot find ${path}: it was removed; the server would not start again`)
    if (outcome === 'unchanged' && occasion === 'round' && status().state === 'ready') return outcome
    if (outcome === 'changed') {
      logger.info('pg_hba.conf: rule put in', { path })
      if (occasion !== 'first') count('hbaRepairs')
    }
    if (outcome === 'changed' || occasion !== 'edit')
      await retried(() => reloadConfiguration(target, signal), signal)
    await retried(() => verifyHbaRule(hbaTarget(config, target), signal), signal)
    report({ state: 'ready' })
    return outcome
  } catch (error) {
    if (signal.aborted) return 'unchanged'
    logger.error('pg_hba.conf is not right', { path, reason: reasonOf(error) })
    const found = findingIn(error)
    report({
      state: 'failed',
      reason: reasonOf(error),
      ...(found === undefined ? {} : { finding: found }),
    })
    return 'unchanged'
  }
}

/** As a tool of PXF connects: over TCP, to the name of the host, into database postgres. */
function hbaTarget(config: Config, target: SessionTarget): SessionTarget {
  const { host, password } = config.greenplum
  const withPassword = config.hba.samehost === 'md5' && password !== undefined
  return { ...target, host, ...(withPassword ? { password } : {}) }
}
