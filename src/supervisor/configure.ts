/**
 * What the database needs once it serves: the pg_hba rule (file, reload, verified session), extension `pxf` in
 * every configured database, the sync of PXF's configuration. Each part is retried where that can help, and
 * kept true for the rest of the run.
 */
import pRetry from 'p-retry'
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import { ensureExtension } from '../greenplum/databases.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import { describeSqlError, isRetryable } from '../greenplum/sql-errors.ts'
import { hbaPath, reconcileHbaFile, reloadConfiguration, verifyHbaRule } from '../hba/reconcile.ts'
import { watchFile } from '../hba/watch.ts'
import type { Logger } from '../logging/logger.ts'
import { syncPxfCluster } from '../pxf/cluster-sync.ts'
import { sleep } from '../time.ts'
import type { Board } from './board.ts'
import { reconcilePassword } from './password.ts'
import { hbaRuleOf } from './prepare.ts'

export interface ConfigurePorts {
  readonly config: Config
  readonly target: SessionTarget
  readonly board: Board
  readonly logger: Logger
  readonly runTool: RunTool
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
}

/** Retried for about two minutes: longer than a database takes that is on its way. */
const retries = { retries: 40, factor: 1.5, minTimeout: 200, maxTimeout: 5000, randomize: true }
/** How often the rule and the extension are looked at once the database is configured. */
const checkEveryMs = 30_000

/** Configures, then keeps it so until `signal` aborts. */
export async function configureDatabase(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { board } = ports
  const password = reconcilePassword(ports, signal)
  // What is verified with the password below must find it set.
  if (ports.config.greenplum.passwordSync) await password
  const work: Promise<void>[] = [password]
  if (board.components().hba.state !== 'disabled') work.push(configureHba(ports, signal))
  if (board.components().extensions.state !== 'disabled') work.push(configureExtensions(ports, signal))
  await Promise.all(work)
  await keepTrue(ports, signal)
}

async function configureHba(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  await reconcileHba(ports, signal, { reload: true })
  if (signal.aborted) return
  watchFile(hbaPath(ports.config.greenplum.coordinatorDirectory), signal, {
    onChange: () => void reconcileHba(ports, signal, { reload: false }),
    onError: (error) => ports.logger.warn('pg_hba.conf is not watched any more', { reason: reasonOf(error) }),
  })
}

/** @param options.reload also when the file is unchanged: it may have been written before the server read it */
async function reconcileHba(
  ports: ConfigurePorts,
  signal: AbortSignal,
  options: { readonly reload: boolean },
): Promise<void> {
  const { config, board, logger, target } = ports
  const path = hbaPath(config.greenplum.coordinatorDirectory)
  try {
    const outcome = await reconcileHbaFile(path, hbaRuleOf(config))
    if (outcome === 'absent')
      throw new Error(`cannot find ${path}: it was removed; the server would not start again`)
    if (outcome === 'changed') {
      logger.info('pg_hba.conf: rule put in', { path })
      if (!options.reload) board.count('hbaRepairs')
    }
    if (outcome === 'changed' || options.reload) {
      await retried(() => reloadConfiguration(target, signal), signal)
    }
    await retried(() => verifyHbaRule(hbaTarget(config, target), signal), signal)
    board.report('hba', { state: 'ready' })
  } catch (error) {
    if (signal.aborted) return
    logger.error('pg_hba.conf is not right', { path, reason: reasonOf(error) })
    board.report('hba', { state: 'failed', reason: reasonOf(error) })
  }
}

/** As a tool of PXF connects: over TCP, to the name of the host, into database postgres. */
function hbaTarget(config: Config, target: SessionTarget): SessionTarget {
  const { host, password } = config.greenplum
  const withPassword = config.hba.samehost === 'md5' && password !== undefined
  return { ...target, host, ...(withPassword ? { password } : {}) }
}

async function configureExtensions(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  await reconcileExtensions(ports, signal)
  if (ports.config.pxf.syncOnStart && !signal.aborted) await syncConfiguration(ports, signal)
}

/** Looks again for the rest of the run: an extension may be dropped, a wrong password may be mended. */
async function keepTrue(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  const { board } = ports
  while (!stopped()) {
    await sleep(checkEveryMs, signal)
    // A database that is down says so itself; the rest is judged when it is back.
    if (stopped() || board.components().gpdb.state !== 'ready') continue
    if (board.components().hba.state === 'failed') await reconcileHba(ports, signal, { reload: true })
    if (board.components().extensions.state !== 'disabled') await reconcileExtensions(ports, signal)
  }
}

async function reconcileExtensions(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { config, board, logger, target } = ports
  const results = await Promise.all(
    config.pxf.extensionDatabases.map(async (database) => {
      try {
        const ensured = await retried(() => ensureExtension(target, database, signal), signal)
        if (ensured.outcome === 'changed') {
          logger.info('extension pxf is there now', { database, version: ensured.version })
        }
        board.learn({ versions: { pxfExtension: ensured.version } })
        return ''
      } catch (error) {
        return `${database}: ${describeSqlError(error)}`
      }
    }),
  )
  if (signal.aborted) return
  const failures = results.filter((failure) => failure !== '')
  if (failures.length === 0) return board.report('extensions', { state: 'ready' })
  logger.error('extension pxf is missing', { failures })
  board.report('extensions', { state: 'failed', reason: failures.join('; ') })
}

async function syncConfiguration(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { config, board, logger, runTool, target } = ports
  const failure = await ports
    .toolEnvironment()
    .then((toolEnvironment) =>
      syncPxfCluster(config, { toolEnvironment, coordinatorPort: target.port, runTool, logger, signal }),
    )
    .catch(reasonOf)
  if (signal.aborted) return
  if (failure === '') return logger.info('pxf cluster sync is done')
  logger.error('pxf cluster sync failed; the other hosts may have older configuration', { failure })
  board.report('seed', { state: 'failed', reason: `PXF_SYNC_ON_START: ${failure}` })
}

/** Tries again what passes by itself: see `isRetryable`. */
function retried<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return pRetry(work, {
    ...retries,
    signal,
    shouldRetry: ({ error }) => isRetryable(error) || isRetryable(error.cause),
  })
}
