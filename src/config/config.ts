/**
 * Reads the configuration once, from an environment that is passed in. All faults are reported together;
 * the result is frozen and carries its units in its names.
 */
import { posix } from 'node:path'
import leven from 'leven'
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import { detectPlatform, type Platform } from '../findings/platform.ts'
import { environmentNames, environmentSchema, foreignNames, secretNames } from './schema.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Config {
  readonly greenplum: {
    readonly user: string
    /** undefined on a later start without it: only the first start sets a password (base image). */
    readonly password: string | undefined
    /** Set the password of the environment in the database when it has another one. */
    readonly passwordSync: boolean
    readonly database: string
    readonly dataDirectory: string
    readonly segmentPrefix: string
    /** `<data>/master/<prefix>-1`, the coordinator's directory. */
    readonly coordinatorDirectory: string
    readonly deployment: 'singlenode' | 'master' | 'segment' | 'standby'
    /** The name under which the coordinator is reached over TCP, as `pxf cluster` does it. */
    readonly host: string
    readonly startScript: string
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
}

export interface ConfigSources {
  readonly environment: Environment
  readonly hostname: string
  readonly readFile: (path: string) => string
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
  const parsed = environmentSchema.safeParse(given)
  const faults = [
    ...(parsed.success
      ? portFaults(parsed.data)
      : parsed.error.issues.map((issue) => describeIssue(issue, given))),
    ...passwordFaults(given),
    ...misspelt(Object.keys(given)),
  ]
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  return freeze(resolve(parsed.data, passwordOf(parsed.data, sources.readFile), sources))
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}

interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly values?: readonly unknown[]
}

function describeIssue(issue: Issue, given: Record<string, string>): ConfigFault {
  const variable = String(issue.path[0])
  const value = secretNames.has(variable) ? '(hidden)' : JSON.stringify(given[variable])
  const allowed = issue.values === undefined ? issue.message : `one of ${issue.values.join(', ')}`
  return { text: `${variable} is ${value}; allowed: ${allowed}`, variables: [variable] }
}

/** The base image's script needs the password at every start, though only the first one sets it. */
function passwordFaults(given: Record<string, string>): ConfigFault[] {
  const direct = given['GREENPLUM_PASSWORD'] !== undefined
  const fromFile = given['GREENPLUM_PASSWORD_FILE'] !== undefined
  if (direct && fromFile) {
    return [
      {
        text: 'GREENPLUM_PASSWORD and GREENPLUM_PASSWORD_FILE are both set; remove one of them',
        variables: ['GREENPLUM_PASSWORD', 'GREENPLUM_PASSWORD_FILE'],
      },
    ]
  }
  const needed = given['GREENPLUM_DEPLOYMENT'] !== 'segment' && given['GREENPLUM_DEPLOYMENT'] !== 'standby'
  if (direct || fromFile || !needed) return []
  return [
    {
      text: 'GREENPLUM_PASSWORD is not set; set it, or GREENPLUM_PASSWORD_FILE to a file that holds it',
      variables: ['GREENPLUM_PASSWORD'],
    },
  ]
}

const ownPrefixes = /^(GREENPLUM|PXF|HEALTH|LOG|STOP|PG_HBA|START|INIT|GP_SEED|PROTOCOLS|SQL|READY)_/

/** Names that nobody knows, of our families and within two letters of one of ours. */
function misspelt(names: readonly string[]): ConfigFault[] {
  const known: ReadonlySet<string> = new Set(environmentNames)
  return names
    .filter(
      (candidate) => ownPrefixes.test(candidate) && !known.has(candidate) && !foreignNames.has(candidate),
    )
    .flatMap((candidate) => {
      const meant = environmentNames.find((own) => leven(candidate, own) <= 2)
      return meant === undefined
        ? []
        : [
            {
              text: `${candidate} is not a variable of this image; did you mean ${meant}?`,
              variables: [candidate],
            },
          ]
    })
}

type Parsed = ReturnType<typeof environmentSchema.parse>

/** Fixed by the base image. */
const greenplumPort = 5432

/** Two listeners on one port: whoever comes second fails, minutes later and with other words. */
function portFaults({ HEALTH_PORT, PXF_PORT, GREENPLUM_PXF_ENABLE }: Parsed): ConfigFault[] {
  const listeners = { HEALTH_PORT, ...(GREENPLUM_PXF_ENABLE === 'true' ? { PXF_PORT } : {}) }
  const taken = Object.entries(listeners)
    .filter(([, port]) => port === greenplumPort)
    .map(([name, port]) => ({
      text: `${name} is "${port}", which is the port of Greenplum; set another one`,
      variables: [name],
    }))
  if (taken.length > 0 || listeners.PXF_PORT !== HEALTH_PORT) return taken
  return [
    {
      text: `HEALTH_PORT and PXF_PORT are both ${HEALTH_PORT}; set one of them to another port`,
      variables: ['HEALTH_PORT', 'PXF_PORT'],
    },
  ]
}

function passwordOf(parsed: Parsed, readFile: ConfigSources['readFile']): string | undefined {
  const file = parsed.GREENPLUM_PASSWORD_FILE
  if (file === undefined) return parsed.GREENPLUM_PASSWORD
  const fault = (what: string) =>
    new ConfigError([
      {
        text: `GREENPLUM_PASSWORD_FILE is ${JSON.stringify(file)}; ${what}`,
        variables: ['GREENPLUM_PASSWORD_FILE'],
      },
    ])
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

function resolve(
  parsed: Parsed,
  password: string | undefined,
  { environment, hostname, exists = () => false }: ConfigSources,
): Config {
  const data = posix.normalize(parsed.GREENPLUM_DATA_DIRECTORY).replace(/\/$/, '')
  return {
    greenplum: {
      user: parsed.GREENPLUM_USER,
      password,
      passwordSync: parsed.GREENPLUM_PASSWORD_SYNC === '1',
      database: parsed.GREENPLUM_DATABASE_NAME,
      dataDirectory: data,
      segmentPrefix: parsed.GREENPLUM_SEG_PREFIX,
      coordinatorDirectory: `${data}/master/${parsed.GREENPLUM_SEG_PREFIX}-1`,
      deployment: parsed.GREENPLUM_DEPLOYMENT,
      host: parsed.PGHOST ?? hostname,
      startScript: parsed.START_SCRIPT,
      initScriptsDirectory: parsed.INIT_SCRIPTS_DIR,
    },
    pxf: {
      enabled: parsed.GREENPLUM_PXF_ENABLE === 'true',
      home: parsed.PXF_HOME,
      base: parsed.PXF_BASE ?? `${data}/pxf`,
      port: parsed.PXF_PORT,
      jvmOptions: parsed.PXF_JVM_OPTS,
      seedDirectory: parsed.PXF_SEED_DIR,
      confSeedDirectory: parsed.PXF_CONF_SEED_DIR ?? `${parsed.PXF_HOME}/conf`,
      seedMode: parsed.PXF_SEED_OVERWRITE,
      syncOnStart: parsed.PXF_SYNC_ON_START === '1',
      extensionDatabases: parsed.PXF_EXTENSION_DATABASES ?? [parsed.GREENPLUM_DATABASE_NAME],
    },
    protocols: { directory: `${parsed.GP_SEED_DIR}/protocols`, onError: parsed.PROTOCOLS_ON_ERROR },
    sql: {
      directory: `${parsed.GP_SEED_DIR}/sql`,
      onError: parsed.SQL_ON_ERROR,
      statementTimeoutMs: parsed.SQL_STATEMENT_TIMEOUT,
    },
    readySql:
      parsed.READY_SQL === undefined
        ? undefined
        : {
            query: parsed.READY_SQL,
            database: parsed.READY_SQL_DATABASE ?? parsed.GREENPLUM_DATABASE_NAME,
            timeoutMs: parsed.READY_SQL_TIMEOUT,
            intervalMs: parsed.READY_SQL_INTERVAL,
          },
    hba: { samehost: parsed.PG_HBA_SAMEHOST },
    stop: { gracePeriodMs: parsed.STOP_GRACE_PERIOD },
    health: { host: parsed.HEALTH_HOST, port: parsed.HEALTH_PORT },
    platform: detectPlatform({ given: parsed.CONTAINER_PLATFORM, environment, hostname, exists }),
    log: { level: parsed.LOG_LEVEL, format: parsed.LOG_FORMAT },
  }
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) freeze(child as object)
  }
  return Object.freeze(value)
}

/** The configuration as it may be printed. */
export function maskedConfig(config: Config): object {
  const { password, ...greenplum } = config.greenplum
  return { ...config, greenplum: { ...greenplum, password: password === undefined ? null : '***' } }
}
