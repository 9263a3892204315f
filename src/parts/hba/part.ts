/** The rule in pg_hba.conf: written, loaded by the server, verified by a session, and restored when it is lost. */
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
      : onCoordinator(config, 'waiting for the database'),
  counters: {
    hbaRepairs: { metric: 'hba_repairs', help: 'How often a lost pg_hba.conf rule was restored.' },
  },
  create,
}

function create(run: PartRun): Work {
  const path = hbaPath(run.config.greenplum.coordinatorDirectory)
  let queue: Promise<unknown> = Promise.resolve()
  /** The watch and a round may coincide; they run one after the other, and each reads the file itself. */
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
        onError: (error) => run.logger.warn('pg_hba.conf is no longer watched', { reason: reasonOf(error) }),
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
    if (outcome === 'changed') logger.info('pg_hba.conf: rule added before the start', { path })
  } catch (error) {
    // Retried once the database is up, which can start and serve without the rule.
    logger.warn('pg_hba.conf could not be corrected before the start', { path, reason: reasonOf(error) })
    report({ state: 'pending', reason: reasonOf(error) })
  }
}

interface Look {
  readonly path: string
  readonly target: SessionTarget
  /** `first`: the file may have been written before the server started. `edit`: it has just been written. */
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
      throw new Error(`cannot find ${path}: it was removed, and the server cannot start without it`)
    if (outcome === 'unchanged' && occasion === 'round' && status().state === 'ready') return outcome
    if (outcome === 'changed') {
      logger.info('pg_hba.conf: rule added', { path })
      if (occasion !== 'first') count('hbaRepairs')
    }
    if (outcome === 'changed' || occasion !== 'edit')
      await retried(() => reloadConfiguration(target, signal), signal)
    await retried(() => verifyHbaRule(hbaTarget(config, target), signal), signal)
    report({ state: 'ready' })
    return outcome
  } catch (error) {
    if (signal.aborted) return 'unchanged'
    logger.error('the pg_hba.conf rule is not in effect', { path, reason: reasonOf(error) })
    const found = findingIn(error)
    report({ state: 'failed', reason: reasonOf(error), ...(found === undefined ? {} : { finding: found }) })
    return 'unchanged'
  }
}

/** The way PXF's tools connect: over TCP, to the host name, to database postgres. */
function hbaTarget(config: Config, target: SessionTarget): SessionTarget {
  const { host, password } = config.greenplum
  const withPassword = config.hba.samehost === 'md5' && password !== undefined
  return { ...target, host, ...(withPassword ? { password } : {}) }
}
