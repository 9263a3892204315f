/** The rule in pg_hba.conf: in the file, in the server, proven by a session, put back when it is lost. */
import type { Config } from '../../config/config.ts'
import { reasonOf } from '../../errors.ts'
import { findingIn } from '../../findings/error.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { hbaPath, reconcileHbaFile, reloadConfiguration, verifyHbaRule } from '../../hba/reconcile.ts'
import { watchFile } from '../../hba/watch.ts'
import { hbaRuleOf } from '../prepare.ts'
import { retried, type ConfigurePorts } from './ports.ts'

export async function configureHba(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  await reconcileHba(ports, signal, { reload: true })
  if (signal.aborted) return
  watchFile(hbaPath(ports.config.greenplum.coordinatorDirectory), signal, {
    onChange: () => void reconcileHba(ports, signal, { reload: false }),
    onError: (error) => ports.logger.warn('pg_hba.conf is not watched any more', { reason: reasonOf(error) }),
  })
}

/** @param options.reload also when the file is unchanged: it may have been written before the server read it */
export async function reconcileHba(
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
    const found = findingIn(error)
    board.report('hba', {
      state: 'failed',
      reason: reasonOf(error),
      ...(found === undefined ? {} : { finding: found }),
    })
  }
}

/** As a tool of PXF connects: over TCP, to the name of the host, into database postgres. */
function hbaTarget(config: Config, target: SessionTarget): SessionTarget {
  const { host, password } = config.greenplum
  const withPassword = config.hba.samehost === 'md5' && password !== undefined
  return { ...target, host, ...(withPassword ? { password } : {}) }
}
