/** Extension `pxf` in every configured database. */
import { ensureExtension } from '../../greenplum/databases.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { describeSqlError } from '../../greenplum/sql-errors.ts'
import { disabled, onCoordinator, withoutPxf, type Outcome, type Part, type PartRun } from '../part.ts'
import { retried } from '../retried.ts'

export const extensions: Part = {
  name: 'extensions',
  after: ['gpdb'],
  begins: (config) =>
    config.pxf.enabled ? onCoordinator(config, 'waiting for the database') : disabled(withoutPxf(config)),
  create: (run) => ({ reconcile: ({ target }, signal) => reconcile(run, target, signal) }),
}

async function reconcile(run: PartRun, target: SessionTarget, signal: AbortSignal): Promise<Outcome> {
  const results = await Promise.all(
    run.config.pxf.extensionDatabases.map((database) => ensureIn(database, run, target, signal)),
  )
  if (signal.aborted) return 'unchanged'
  const failures = results.flatMap(({ failure }) => (failure === '' ? [] : [failure]))
  if (failures.length === 0) run.report({ state: 'ready' })
  else {
    run.logger.error('extension pxf is missing', { failures })
    run.report({ state: 'failed', reason: failures.join('; ') })
  }
  return results.some(({ outcome }) => outcome === 'changed') ? 'changed' : 'unchanged'
}

interface Ensured {
  readonly outcome: Outcome
  readonly failure: string
}

async function ensureIn(
  database: string,
  { learn, logger, report, status }: PartRun,
  target: SessionTarget,
  signal: AbortSignal,
): Promise<Ensured> {
  const dropped = () => {
    if (status().state !== 'ready') return
    const reason = `extension pxf was dropped in ${database}; recreating it`
    logger.warn('extension pxf was dropped; recreating it', { database })
    report({ state: 'failed', reason })
  }
  try {
    const { outcome, version } = await retried(
      () => ensureExtension(target, database, signal, dropped),
      signal,
    )
    if (outcome === 'changed') logger.info('extension pxf was created or updated', { database, version })
    learn({ versions: { pxfExtension: version } })
    return { outcome, failure: '' }
  } catch (error) {
    return { outcome: 'unchanged', failure: `${database}: ${describeSqlError(error)}` }
  }
}
