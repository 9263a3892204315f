/** That the environment has another password than the database: the supervisor and the doctor may both find it. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'

export const passwordFinding = (user: string, { variable }: Advice): Finding =>
  finding('database.password', {
    text: `GREENPLUM_PASSWORD is not the password of the database; clients that use it fail with: password authentication failed for user "${user}"`,
    cause: 'only a first start sets it, and one of the two was changed since',
    fix: `${variable('GREENPLUM_PASSWORD_SYNC', '1')} sets the new one at the next start; or put the old one back`,
    where: 'GREENPLUM_PASSWORD',
  })
