/**
 * Every environment variable that the program reads: name, default, allowed values, meaning. Names come from
 * the base image (`GREENPLUM_*`), from the stand (`PXF_*`) and from this program.
 */
import * as z from 'zod'

/** An empty variable counts as not set: Compose passes `NAME: ${NAME:-}` as an empty string. */
const text = (fallback: string) => z.string().default(fallback)
const absolutePath = z.string().regex(/^\//, 'an absolute path, such as /data')
const flag = z.enum(['true', 'false'])
const zeroOne = z.enum(['0', '1']).default('0')
const port = (least: 0 | 1) =>
  z
    .string()
    .regex(/^\d+$/, `a port number, ${least} to 65535`)
    .transform(Number)
    .refine((value) => value >= least && value <= 65_535, `a port number, ${least} to 65535`)

/** What a failure means for the run: it goes on without, or it ends, clean, with exit code 78. */
const onError = z.enum(['degraded', 'fatal']).default('degraded')

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

const durationMs = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'a duration above zero with its unit, such as 110s, 2m or 500ms')
  .transform((value) => {
    const unit = /[a-z]+$/.exec(value)?.[0] as keyof typeof unitMs
    return Number.parseInt(value, 10) * unitMs[unit]
  })
  .refine(
    (value) => value > 0 && value <= unitMs.h * 24,
    'a duration above zero with its unit, such as 110s, 2m or 500ms; at most 24h',
  )

/** Each time it is a query through PXF on the source. */
const intervalMs = durationMs.refine(
  (value) => value >= unitMs.s,
  'a duration from 1s to 24h with its unit, such as 30s or 5m',
)

/** Names and paths pass unquoted through shells and files of the base image: no blanks, no quotes, no dollar. */
const word = /^[A-Za-z_][A-Za-z0-9_-]*$/
const prefix = z
  .string()
  .regex(/^(?=.{1,63}$)[A-Za-z_][A-Za-z0-9_-]*$/, 'letters, digits, _ and -, at most 63, a letter or _ first')

/** An account of the system, a role of the database and a word of pg_hba.conf, where `all` means everybody. */
const administrator = z
  .string()
  .refine(
    (value) => word.test(value) && value.length <= 63 && !/^(root|all|public|none|pg_.*)$/.test(value),
    'letters, digits, _ and -, at most 63, a letter or _ first; not root, all, public, none or pg_…',
  )

/** What PostgreSQL takes. What a first start cannot make of it is said by the preflight, which sees the volume. */
const database = z
  .string()
  .refine(
    (value) => Buffer.byteLength(value) <= 63 && value !== 'template0',
    'a database name of at most 63 bytes, and not template0, which lets nobody in',
  )

const dataDirectory = z
  .string()
  .refine(
    (value) =>
      /^(\/+[A-Za-z0-9_.-]+)+\/*$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value) && value.length <= 200,
    'an absolute path below /, such as /data, of letters, digits, _ . - and /, at most 200, without . or .. as a part',
  )

const databaseList = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .pipe(z.array(database.min(1, 'database names separated by commas')))

export const environmentSchema = z.object({
  GREENPLUM_USER: administrator.default('gpadmin'),
  GREENPLUM_PASSWORD: z.string().optional(),
  GREENPLUM_PASSWORD_FILE: absolutePath.optional(),
  GREENPLUM_PASSWORD_SYNC: zeroOne,
  GREENPLUM_DATABASE_NAME: database.default('gp_dwh'),
  GREENPLUM_DATA_DIRECTORY: dataDirectory.default('/data'),
  GREENPLUM_SEG_PREFIX: prefix.default('gpseg'),
  GREENPLUM_PXF_ENABLE: flag.default('true'),
  GREENPLUM_DEPLOYMENT: z.enum(['singlenode', 'master', 'segment', 'standby']).default('singlenode'),

  PXF_HOME: absolutePath.default('/usr/local/pxf'),
  PXF_BASE: absolutePath.optional(),
  PXF_PORT: port(1).default(5888),
  PXF_JVM_OPTS: text('-Xmx512m -Xms256m'),
  PXF_SEED_DIR: absolutePath.default('/opt/pxf-seed'),
  PXF_CONF_SEED_DIR: absolutePath.optional(),
  PXF_SEED_OVERWRITE: z.enum(['0', '1', 'unmodified']).default('0'),
  PXF_SYNC_ON_START: zeroOne,
  PXF_EXTENSION_DATABASES: databaseList.optional(),

  GP_SEED_DIR: absolutePath.default('/opt/gp-seed'),
  PROTOCOLS_ON_ERROR: onError,
  SQL_ON_ERROR: onError,
  SQL_STATEMENT_TIMEOUT: durationMs.default(60_000),
  READY_SQL: z.string().optional(),
  READY_SQL_DATABASE: database.optional(),
  READY_SQL_TIMEOUT: durationMs.default(10_000),
  READY_SQL_INTERVAL: intervalMs.default(300_000),

  PG_HBA_SAMEHOST: z.enum(['trust', 'md5', 'off']).default('trust'),
  PGHOST: z
    .string()
    .regex(/^[^/]/, 'a host name or address; a socket directory would prove nothing')
    .optional(),

  START_SCRIPT: absolutePath.default('/start_gpdb.sh'),
  INIT_SCRIPTS_DIR: absolutePath.default('/docker-entrypoint-initdb.d'),
  STOP_GRACE_PERIOD: durationMs.default(110_000),

  HEALTH_HOST: text('127.0.0.1'),
  // 0: any free one, for tests.
  HEALTH_PORT: port(0).default(8008),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
})

export type EnvironmentName = keyof typeof environmentSchema.shape
export const environmentNames = Object.keys(environmentSchema.shape) as readonly EnvironmentName[]

/** Never printed, logged or reported. */
export const secretNames: ReadonlySet<string> = new Set<EnvironmentName>(['GREENPLUM_PASSWORD'])

/** Names of others that look like ours; they must not be taken for misspellings. */
export const foreignNames: ReadonlySet<string> = new Set([
  'GREENPLUM_UID',
  'GREENPLUM_GID',
  'GREENPLUM_GROUP',
  'GREENPLUM_GPMON_PASSWORD',
  'GREENPLUM_GPMON_PASSWORD_FILE',
  'GREENPLUM_GPPERFMON_ENABLE',
  'GREENPLUM_DISKQUOTA_ENABLE',
  'GREENPLUM_WALG_ENABLE',
  'PXF_CONF',
  'PXF_HOST',
  'PXF_LOGDIR',
  'PXF_RUNDIR',
  'PXF_LOADER_PATH',
  'PXF_LOG_LEVEL',
  'PXF_MAX_THREADS',
  'PXF_OOM_KILL',
  'PXF_OOM_DUMP_PATH',
  'PGPORT',
])
