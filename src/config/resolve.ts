/** Builds the configuration from the parsed variables and the profile of the image. Pure, except for `readFile`. */
import { posix } from 'node:path'
import { finding } from '../findings/finding.ts'
import { detectPlatform } from '../findings/platform.ts'
import { coordinatorDirectory, variableName, type ImageProfile } from '../image/profile.ts'
import { initScriptsOf } from '../image/recognise.ts'
import type { Config, ConfigSources } from './config.ts'
import type { Context } from './faults.ts'
import { readHostRole } from './host-role.ts'
import { initScriptsVariable, type Parsed } from './schema.ts'

interface Resolving extends Context {
  readonly parsed: Parsed
  readonly password: string | undefined
}

export function resolve({ given, image, parsed, password }: Resolving, sources: ConfigSources): Config {
  const { profile, chosen, reason } = image
  const promoted = hostRoleOf(parsed, profile, sources)
  const greenplum = greenplumOf(
    { ...parsed, DEPLOYMENT: promoted?.deployment ?? parsed.DEPLOYMENT },
    profile,
    sources,
  )
  return {
    image: { chosen, reason },
    greenplum: { ...greenplum, password },
    cluster: {
      recovery: parsed.CLUSTER_RECOVERY,
      ready: parsed.CLUSTER_READY,
      hostname: sources.hostname,
      segmentHosts: parsed.CLUSTER_SEGMENT_HOSTS ?? [],
      segmentsPerHost: parsed.CLUSTER_SEGMENTS,
      mirrors: parsed.CLUSTER_MIRRORS === 'true',
      hosts: [...(parsed.CLUSTER_COORDINATOR_HOSTS ?? []), ...(parsed.CLUSTER_SEGMENT_HOSTS ?? [])],
      peer: peerOf(parsed, sources.hostname),
      term: promoted?.term ?? 1,
    },
    prepared: {
      enabled: parsed.PREPARED === 'auto',
      variable: variableName(profile, 'PREPARED'),
      file: parsed.PREPARED_CLUSTER_FILE,
    },
    pxf: pxfOf(parsed, greenplum),
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
            database: parsed.READY_SQL_DATABASE ?? parsed.DATABASE_NAME,
            timeoutMs: parsed.READY_SQL_TIMEOUT,
            intervalMs: parsed.READY_SQL_INTERVAL,
          },
    hba: { samehost: parsed.PG_HBA_SAMEHOST },
    stop: { gracePeriodMs: parsed.STOP_GRACE_PERIOD },
    health: { host: parsed.HEALTH_HOST, port: parsed.HEALTH_PORT },
    platform: platformOf(parsed, sources),
    log: {
      level: parsed.LOG_LEVEL,
      format: parsed.LOG_FORMAT,
      colours: parsed.NO_COLOR === undefined,
      database: parsed.LOG_DATABASE,
      pxf: parsed.LOG_PXF,
    },
    withoutEffect: withoutEffect(given, greenplum),
  }
}

const dataDirectoryOf = (parsed: Parsed, profile: ImageProfile): string =>
  posix.normalize(parsed.DATA_DIRECTORY ?? profile.dataDirectory).replace(/\/$/, '')

const hostRoleOf = (parsed: Parsed, profile: ImageProfile, { readFile }: ConfigSources) =>
  readHostRole(
    dataDirectoryOf(parsed, profile),
    { deployment: parsed.DEPLOYMENT, variable: variableName(profile, 'DEPLOYMENT') },
    readFile,
  )

const peerOf = (
  { CLUSTER_COORDINATOR_HOSTS: hosts, CLUSTER_STANDBY }: Parsed,
  hostname: string,
): string | undefined =>
  CLUSTER_STANDBY === '1' && hosts?.includes(hostname) === true
    ? hosts.find((host) => host !== hostname)
    : undefined

const platformOf = (
  { CONTAINER_PLATFORM: given, DEPLOYMENT }: Parsed,
  { environment, hostname, exists = () => false }: ConfigSources,
): Config['platform'] =>
  detectPlatform({ given, environment, hostname, isOnlyHost: DEPLOYMENT === 'singlenode', exists })

type Greenplum = Omit<Config['greenplum'], 'password'>

function greenplumOf(
  parsed: Parsed,
  profile: ImageProfile,
  { hostname, readFile }: ConfigSources,
): Greenplum {
  const dataDirectory = dataDirectoryOf(parsed, profile)
  const segmentPrefix = parsed.SEG_PREFIX ?? profile.segmentPrefix
  const startScript = parsed.START_SCRIPT ?? profile.startScript
  return {
    profile,
    user: parsed.USER ?? profile.administrator,
    passwordSync: parsed.PASSWORD_SYNC === '1',
    database: parsed.DATABASE_NAME,
    dataDirectory,
    segmentPrefix,
    coordinatorDirectory: coordinatorDirectory(profile, { dataDirectory, segmentPrefix }),
    deployment: parsed.DEPLOYMENT,
    host: parsed.PGHOST ?? hostname,
    startScript,
    initScriptsDirectory: initScriptsOf(profile, startScript, readFile),
    fastStart: { enabled: parsed.FAST_START === 'auto', variable: variableName(profile, 'FAST_START') },
  }
}

function pxfOf(parsed: Parsed, { profile, dataDirectory, database }: Greenplum): Config['pxf'] {
  const home = parsed.PXF_HOME ?? profile.pxf.home
  return {
    enabled: parsed.PXF_ENABLE === 'true',
    home,
    classData: { enabled: parsed.PXF_CLASS_DATA_SHARING === 'auto', directory: parsed.PXF_CLASS_DATA_DIR },
    base: parsed.PXF_BASE ?? `${dataDirectory}/${profile.pxf.folder}`,
    port: parsed.PXF_PORT ?? profile.pxf.port,
    jvmOptions: parsed.PXF_JVM_OPTS,
    seedDirectory: parsed.PXF_SEED_DIR,
    confSeedDirectory: parsed.PXF_CONF_SEED_DIR ?? `${home}/conf`,
    seedMode: parsed.PXF_SEED_OVERWRITE,
    syncOnStart: parsed.PXF_SYNC_ON_START === '1',
    extensionDatabases: parsed.PXF_EXTENSION_DATABASES ?? [database],
  }
}

/** The variable changed only which directory the supervisor waited for, not which scripts were run. */
function withoutEffect(given: Context['given'], greenplum: Greenplum): Config['withoutEffect'] {
  const set = given[initScriptsVariable]
  const { initScriptsDirectory, startScript } = greenplum
  if (set === undefined || set.replace(/\/+$/, '') === initScriptsDirectory) return []
  return [
    finding('configuration.without-effect', {
      text: `${initScriptsVariable} is ${JSON.stringify(set)}, which no longer has any effect`,
      cause: `a first start runs the scripts in ${initScriptsDirectory}, the only directory that ${startScript} uses`,
      fix: `mount the scripts at ${initScriptsDirectory} and remove the variable`,
      where: initScriptsVariable,
    }),
  ]
}
