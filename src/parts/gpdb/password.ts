/**
 * A password that was changed in the environment after the first start: noticed and said, or, with
 * GREENPLUM_PASSWORD_SYNC=1, set in the database.
 */
import { reasonOf } from '../../errors.ts'
import { comparePassword, setPassword } from '../../greenplum/password.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import type { Outcome, PartRun } from '../part.ts'

const text =
  'GREENPLUM_PASSWORD is not the password that the database has: only a first start sets it, and it was changed since'
const mend =
  'in the compose file: GREENPLUM_PASSWORD_SYNC: "1" sets the new one at the next start; or put the old one back'

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
      logger.info('the password of the environment was set in the database', { user: target.user })
      return 'changed'
    } else {
      logger.warn('preflight', { id: 'password', text, mend })
      note({ id: 'password', level: 'warn', text, mend })
    }
  } catch (error) {
    if (!signal.aborted) logger.warn('the password could not be looked at', { reason: reasonOf(error) })
  }
  return 'unchanged'
}
