/** That the environment has another password than the database: the supervisor and the doctor may both find it. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { variableName, type ImageProfile } from '../image/profile.ts'

export interface Who {
  readonly user: string
  readonly profile: Pick<ImageProfile, 'prefix'>
}

export function passwordFinding({ user, profile }: Who, { variable }: Advice): Finding {
  const [password, sync] = [variableName(profile, 'PASSWORD'), variableName(profile, 'PASSWORD_SYNC')]
  return finding('database.password', {
    text: `${password} is not the password of the database; clients that use it fail with: password authentication failed for user "${user}"`,
    cause: 'only a first start sets it, and one of the two was changed since',
    fix: `${variable(sync, '1')} sets the new one at the next start; or put the old one back`,
    where: password,
  })
}
