/** Facts about host and container before anything runs. */
import type { shownImage } from '../config/config.ts'
import type { Finding } from '../findings/finding.ts'
import type { Release } from '../greenplum/release.ts'
import type { ImageProfile } from '../image/profile.ts'

/** A fact that could not be read is undefined and yields no finding. */
export interface PlaceFacts {
  /** For the names of the image's variables. */
  readonly profile: Pick<ImageProfile, 'prefix'>
  readonly image: ReturnType<typeof shownImage>
  /** Findings about variables that are set but have no effect. */
  readonly withoutEffect: readonly Finding[]
  readonly host: {
    readonly name: string
    /**
     * The name that the first start recorded. It may be an `alias` in /etc/hosts (entrypoint/entrypoint.bash makes it
     * one). If only its address leads here, `gpssh-exkeys` in the start script has to be let in over ssh (`login`).
     */
    readonly first: { readonly name: string; readonly reach: 'own' | 'alias' | 'login' | 'none' } | undefined
  }
  /** Whether the volume already has servers. */
  readonly hasCluster: boolean
  readonly openFiles: number | undefined
  /** kernel.sem: semaphores per set, semaphores in total, operations per call, sets. */
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
  /** Of the home folder and /tmp, those on a read-only file system. */
  readonly unwritable: readonly string[]
  /** Whether root started this container, which only then has an sshd. */
  readonly byRoot: boolean
  /** The name is empty if the uid has no account here. */
  readonly user: { readonly name: string; readonly uid: number }
  /** The database that is created if it is missing; undefined on a host without a coordinator. */
  readonly database: string | undefined
  /** undefined if there is no coordinator, or if the tools are not available. */
  readonly releases: { readonly cluster: Release; readonly image: Release } | undefined
  /** Directories with incomplete clusters of interrupted first starts. */
  readonly interrupted: readonly string[]
  /** Directories on the volume that belong to another user. */
  readonly foreign: readonly { readonly path: string; readonly uid: number }[]
  /** undefined if PXF is disabled. */
  readonly pxf:
    | {
        readonly heapBytes: number | undefined
        readonly javaHome: string
        readonly javaFound: boolean
        readonly javaMajor: number | undefined
        /** The versions that PXF supports. */
        readonly javaKnown: readonly number[]
      }
    | undefined
}
