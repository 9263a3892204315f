/**
 * Reads the configuration once, from an environment that is passed in. All faults are reported together;
 * the result is frozen and carries its units in its names.
 */
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import type { Platform } from '../findings/platform.ts'
import type { ImageProfile } from '../image/profile.ts'
import { familyVariable, recognise, type Image } from '../image/recognise.ts'
import { describeIssue, misspelt, passwordFaults, portFaults } from './faults.ts'
import { resolve } from './resolve.ts'
import type { Deployment } from './role.ts'
import { configurationSchema, namesOf, type Names, type Parsed } from './schema.ts'

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

export interface ConfigFault {
  readonly text: string
  /** Those that are at fault. */
  readonly variables: readonly string[]
}

export class ConfigError extends SupervisorError {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
    const lines = faults.map(({ text }) => `  - ${text}`).join('\n')
    super(`cannot use the configuration: ${count}\n${lines}`, {
      code: 'config',
      exitCode: exitCodes.configuration,
    })
    this.faults = faults
  }
}

/** @throws ConfigError with exit code 78 that lists every fault at once */
export function loadConfig(sources: ConfigSources): Config {
  const given = withoutEmpty(sources.environment)
  const image = recogniseImage(sources)
  const names = namesOf(image.profile)
  const parsed = configurationSchema.safeParse(byKey(given, names))
  const context = { given, image, names }
  const faults = [
    ...(parsed.success
      ? portFaults(parsed.data, image.profile)
      : parsed.error.issues.map((issue) => describeIssue(issue, context))),
    ...passwordFaults(context),
    ...misspelt(context),
  ]
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  const password = passwordOf(parsed.data, names.PASSWORD_FILE, sources.readFile)
  return freeze(resolve({ ...context, parsed: parsed.data, password }, sources))
}

export const recogniseImage = ({ environment, readFile }: Omit<ConfigSources, 'hostname'>): Image =>
  recognise(environment[familyVariable], readFile)

const byKey = (given: Readonly<Record<string, string>>, names: Names): object =>
  Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => (name in given ? [[key, given[name]]] : [])),
  )

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}

function passwordOf(
  { PASSWORD, PASSWORD_FILE: file }: Parsed,
  name: string,
  readFile: ConfigSources['readFile'],
): string | undefined {
  if (file === undefined) return PASSWORD
  const fault = (what: string) =>
    new ConfigError([{ text: `${name} is ${JSON.stringify(file)}; ${what}`, variables: [name] }])
  let text: string
  try {
    text = readFile(file)
  } catch (error) {
    throw fault(`it cannot be read: ${reasonOf(error)}`)
  }
  // The base image reads it with $(< file), which drops the newlines at the end.
  const password = text.replace(/\n+$/, '')
  if (password === '') throw fault('that file is empty')
  return password
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) freeze(child as object)
  }
  return Object.freeze(value)
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
