/**
 * The finding that the passwords in the environment and the database differ, for the supervisor and the doctor. Pure.
 */
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
    text: `${password} differs from the password in the database; clients that use it fail with: password authentication failed for user "${user}"`,
    cause: 'only a first start sets it, and one of the two has been changed since',
    fix: `${variable(sync, '1')} sets the new password at the next start; or restore the old one`,
    where: password,
  })
}
