/** The configuration: what the variables say, the image gives and the defaults fill in. Frozen, with units in the names. */
import type { Finding } from '../findings/finding.ts'
import type { Platform } from '../findings/platform.ts'
import type { ImageProfile } from '../image/profile.ts'
import type { Image } from '../image/recognise.ts'
import type { Deployment } from './role.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Config {
  /** How the family of the image was chosen. */
  readonly image: Omit<Image, 'profile'>
  readonly greenplum: {
    /** What is known of the images of that family. */
    readonly profile: ImageProfile
    readonly user: string
    /** undefined on a later start without it: only the first start sets a password (base image). */
    readonly password: string | undefined
    /** Set the password of the environment in the database when it has another one. */
    readonly passwordSync: boolean
    readonly database: string
    readonly dataDirectory: string
    readonly segmentPrefix: string
    readonly coordinatorDirectory: string
    readonly deployment: Deployment
    /** The name under which the coordinator is reached over TCP, as `pxf cluster` does it. */
    readonly host: string
    readonly startScript: string
    /** The folder that the start script itself names. */
    readonly initScriptsDirectory: string
  }
  readonly pxf: {
    readonly enabled: boolean
    readonly home: string
    readonly base: string
    readonly port: number
    readonly jvmOptions: string
    readonly seedDirectory: string
    readonly confSeedDirectory: string
    readonly seedMode: '0' | '1' | 'unmodified'
    readonly syncOnStart: boolean
    readonly extensionDatabases: readonly string[]
  }
  readonly protocols: { readonly directory: string; readonly onError: 'degraded' | 'fatal' }
  readonly sql: {
    readonly directory: string
    readonly onError: 'degraded' | 'fatal'
    readonly statementTimeoutMs: number
  }
  /** A query that must succeed for ready. */
  readonly readySql:
    | {
        readonly query: string
        readonly database: string
        readonly timeoutMs: number
        readonly intervalMs: number
      }
    | undefined
  readonly hba: { readonly samehost: 'trust' | 'md5' | 'off' }
  readonly stop: { readonly gracePeriodMs: number }
  readonly health: { readonly host: string; readonly port: number }
  /** Whom the fixes of findings are written for. */
  readonly platform: Platform
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
    readonly format: 'json' | 'pretty'
  }
  /** Of variables that are set in vain. */
  readonly withoutEffect: readonly Finding[]
}

export interface ConfigSources {
  readonly environment: Environment
  readonly hostname: string
  /** @param mostBytes only so much, from its beginning */
  readonly readFile: (path: string, mostBytes?: number) => string
  /** Nothing is there where it is left out. */
  readonly exists?: (path: string) => boolean
}

/** What the image was taken for. */
export const shownImage = ({ greenplum, image }: Config) => ({
  family: greenplum.profile.family,
  chosen: image.chosen,
  reason: image.reason,
})

/** The configuration as it may be printed. */
export function maskedConfig(config: Config): object {
  const { password, profile: _, ...greenplum } = config.greenplum
  return {
    ...config,
    image: shownImage(config),
    greenplum: { ...greenplum, password: password === undefined ? null : '***' },
  }
}
