/** Extension `pxf` in every configured database, then, where it is wanted, the sync of PXF's configuration. */
import { reasonOf } from '../../errors.ts'
import { ensureExtension } from '../../greenplum/databases.ts'
import { describeSqlError } from '../../greenplum/sql-errors.ts'
import { syncPxfCluster } from '../../pxf/cluster-sync.ts'
import { retried, type ConfigurePorts } from './ports.ts'

export async function configureExtensions(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  await reconcileExtensions(ports, signal)
  if (ports.config.pxf.syncOnStart && !signal.aborted) await syncConfiguration(ports, signal)
}

export async function reconcileExtensions(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { config, board, logger, target } = ports
  const dropped = (database: string) => {
    if (board.components().extensions.state !== 'ready') return
    const reason = `extension pxf was dropped in ${database}; it is created again`
    logger.warn('extension pxf was dropped; it is created again', { database })
    board.report('extensions', { state: 'failed', reason })
  }
  const results = await Promise.all(
    config.pxf.extensionDatabases.map(async (database) => {
      try {
        const ensured = await retried(
          () => ensureExtension(target, database, signal, () => dropped(database)),
          signal,
        )
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
  board.report('seed', { state: 'failed', reason: `PXF_SYNC_ON_START: ${failure}`, final: true })
}
