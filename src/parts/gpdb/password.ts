/**
 * Handles a password that was changed in the environment after the first start: reported, or, with
 * GREENPLUM_PASSWORD_SYNC=1, set in the database.
 */
import { reasonOf } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { comparePassword, setPassword } from '../../greenplum/password.ts'
import { passwordFinding } from '../../greenplum/password-finding.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import type { Outcome, PartRun } from '../part.ts'

export async function reconcilePassword(
  { config, logger, note }: PartRun,
  target: SessionTarget,
  signal: AbortSignal,
): Promise<Outcome> {
  const { password, passwordSync } = config.greenplum
  if (password === undefined) return 'unchanged'
  try {
    if ((await comparePassword(target, password, signal)) !== 'different') return 'unchanged'
    if (passwordSync) {
      await setPassword(target, password, signal)
      logger.info('the password from the environment was set in the database', { user: target.user })
      return 'changed'
    } else {
      note(passwordFinding(config.greenplum.user, adviceFor(config.platform)))
    }
  } catch (error) {
    if (!signal.aborted) logger.warn('the password could not be checked', { reason: reasonOf(error) })
  }
  return 'unchanged'
}
