/** What is known of host and container before anything runs. */
import type { shownImage } from '../config/config.ts'
import type { Finding } from '../findings/finding.ts'
import type { Release } from '../greenplum/release.ts'
import type { ImageProfile } from '../image/profile.ts'

/** A fact that could not be read is undefined and gives no finding. */
export interface PlaceFacts {
  /** How the variables of the image are called. */
  readonly profile: Pick<ImageProfile, 'prefix'>
  readonly image: ReturnType<typeof shownImage>
  /** Of variables that are set in vain. */
  readonly withoutEffect: readonly Finding[]
  readonly host: {
    readonly name: string
    /**
     * The name that the first start wrote down, and whether it still leads to this host. For a name that is not the
     * host's own, `gpssh-exkeys` in the start script wants to be let in over ssh.
     */
    readonly first: { readonly name: string; readonly leadsHere: boolean } | undefined
  }
  /** There are servers on the volume already. */
  readonly hasCluster: boolean
  readonly openFiles: number | undefined
  /** kernel.sem: semaphores a set, in all, operations a call, sets. */
  readonly semaphores: readonly number[] | undefined
  readonly sharedMemoryBytes: number | undefined
  readonly memoryBytes: number | undefined
  readonly volume: {
    readonly path: string
    readonly freeBytes: number | undefined
    readonly readOnly: boolean
  }
  /** Mounts below data directory and home, other than the volume itself. */
  readonly readOnlyMounts: readonly string[]
  /** Without a name: a number that has no account here. */
  readonly user: { readonly name: string; readonly uid: number }
  /** The one that is made when it is missing, on the host that makes it. */
  readonly database: string | undefined
  /** undefined where there is no coordinator, or nothing to ask. */
  readonly releases: { readonly cluster: Release; readonly image: Release } | undefined
  /** Folders with half-made clusters of first starts that never came to their end. */
  readonly interrupted: readonly string[]
  /** Folders on the volume that belong to somebody else. */
  readonly foreign: readonly { readonly path: string; readonly uid: number }[]
  /** undefined where PXF is switched off. */
  readonly pxf:
    | {
        readonly heapBytes: number | undefined
        readonly javaHome: string
        readonly javaFound: boolean
        readonly javaMajor: number | undefined
        /** On which PXF runs. */
        readonly javaKnown: readonly number[]
      }
    | undefined
}
