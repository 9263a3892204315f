/** The known families. The first is used for an image that resembles none of them. */
import { cloudberry } from './cloudberry.ts'
import { greenplum6 } from './greenplum6.ts'
import { greenplum7 } from './greenplum7.ts'
import type { ImageProfile } from './profile.ts'

export const families: readonly [ImageProfile, ...ImageProfile[]] = [greenplum6, greenplum7, cloudberry]
