/** The configuration, from variables, facts of the image and defaults. It is frozen, and names include units. */
import type { Finding } from '../findings/finding.ts'
import type { Platform } from '../findings/platform.ts'
import type { ImageProfile } from '../image/profile.ts'
import type { Image } from '../image/recognise.ts'
import type { Deployment } from './role.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Config {
  /** How the family of the image was determined. */
  readonly image: Omit<Image, 'profile'>
  readonly greenplum: {
    /** The profile of that family. */
    readonly profile: ImageProfile
    readonly user: string
    /** undefined on a later start without it: in the base image only the first start sets a password. */
    readonly password: string | undefined
    /** If the database has a different password, set it to the one in the environment. */
    readonly passwordSync: boolean
    readonly database: string
    readonly dataDirectory: string
    readonly segmentPrefix: string
    readonly coordinatorDirectory: string
    readonly deployment: Deployment
    /** The host name for TCP connections to the coordinator, which `pxf cluster` uses. */
    readonly host: string
    readonly startScript: string
    /** The directory that the start script names. */
    readonly initScriptsDirectory: string
    /** Starting the servers without gpstart. */
    readonly fastStart: {
      readonly enabled: boolean
      /** The name of the variable that says so. */
      readonly variable: string
    }
  }
  /** Of several hosts. */
  readonly cluster: {
    readonly recovery: 'auto' | 'report'
    readonly ready: 'serving' | 'whole'
    readonly hostname: string
    /** How it is created. */
    readonly segmentHosts: readonly string[]
    readonly segmentsPerHost: number
    readonly mirrors: boolean
    /** All that are known, by the names that the variables have. */
    readonly hosts: readonly string[]
    /** The other of the two hosts that may have the coordinator; undefined where there is to be no standby. */
    readonly peer: string | undefined
    /** Each promotion counts one on; 1 before the first. */
    readonly term: number
  }
  /** The cluster that a first start adopts in place of gpinitsystem. */
  readonly prepared: {
    readonly enabled: boolean
    /** The name of the variable that says so. */
    readonly variable: string
    /** Its archive. */
    readonly file: string
  }
  readonly pxf: {
    readonly enabled: boolean
    readonly home: string
    /** An archive of the classes that PXF loads at its start, and what goes with it. */
    readonly classData: { readonly enabled: boolean; readonly directory: string }
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
  /** A query that must succeed before the run is ready. */
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
  /** The platform for which the fixes of findings are written. */
  readonly platform: Platform
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
    readonly format: 'json' | 'pretty'
    /** For a terminal, with `pretty`. */
    readonly colours: boolean
    /** Which records of the servers' own logs, and of PXF's, are relayed. */
    readonly database: 'warning' | 'all' | 'off'
    readonly pxf: 'warning' | 'all' | 'off'
  }
  /** Findings about variables that are set but have no effect. */
  readonly withoutEffect: readonly Finding[]
}

export interface ConfigSources {
  readonly environment: Environment
  readonly hostname: string
  /** @param mostBytes reads only this many bytes from the start of the file */
  readonly readFile: (path: string, mostBytes?: number) => string
  /** If omitted, no path exists. */
  readonly exists?: (path: string) => boolean
}

/** How the image was recognized, for output. */
export const shownImage = ({ greenplum, image }: Config) => ({
  family: greenplum.profile.family,
  chosen: image.chosen,
  reason: image.reason,
})

/** The configuration without secrets, for output. */
export function maskedConfig(config: Config): object {
  const { password, profile: _, ...greenplum } = config.greenplum
  return {
    ...config,
    image: shownImage(config),
    greenplum: { ...greenplum, password: password === undefined ? null : '***' },
  }
}
