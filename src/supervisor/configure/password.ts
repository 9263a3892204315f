/**
 * A password that was changed in the environment after the first start: noticed and said, or, with
 * GREENPLUM_PASSWORD_SYNC=1, set in the database.
 */
import { reasonOf } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { passwordFinding } from '../../greenplum/password-finding.ts'
import { comparePassword, setPassword } from '../../greenplum/password.ts'
import { logFinding } from '../../logging/finding.ts'
import type { ConfigurePorts } from './ports.ts'

export async function reconcilePassword(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { config, target, board, logger } = ports
  const { password, passwordSync } = config.greenplum
  if (password === undefined) return
  try {
    if ((await comparePassword(target, password, signal)) !== 'different') return
    if (passwordSync) {
      await setPassword(target, password, signal)
      logger.info('the password of the environment was set in the database', { user: target.user })
    } else {
      const found = passwordFinding(config.greenplum.user, adviceFor(config.platform))
      logFinding(logger, found)
      board.note(found)
    }
  } catch (error) {
    if (!signal.aborted) logger.warn('the password could not be looked at', { reason: reasonOf(error) })
  }
}
