/**
 * Every environment variable that the program reads: name, default, allowed values, meaning. Names come from
 * the base image (`GREENPLUM_*`), from the demo environment (`PXF_*`) and from this program.
 *
 * `docs/reference/environment.md` is generated from this file (`npm run docs`). Besides the description it uses `allowed`
 * (values, where zod cannot list them), `fallback` (a default that depends on other values) and `see` (a page).
 */
import * as z from 'zod'
import { platformKinds } from '../findings/platform.ts'

/** An empty variable counts as not set: Compose passes `NAME: ${NAME:-}` as an empty string. */
const text = (fallback: string) => z.string().default(fallback)
const absolutePath = z
  .string()
  .regex(/^\//, 'an absolute path, such as /data')
  .meta({ allowed: 'an absolute path' })
const flag = z.enum(['true', 'false'])
const zeroOne = z.enum(['0', '1']).default('0')
const port = (least: 0 | 1) =>
  z
    .string()
    .regex(/^\d+$/, `a port number, ${least} to 65535`)
    .transform(Number)
    .refine((value) => value >= least && value <= 65_535, `a port number, ${least} to 65535`)
    .meta({ allowed: least === 0 ? 'a port number, 0 to 65535' : 'a port number, 1 to 65535' })

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
  .meta({ allowed: 'a duration with its unit (`ms`, `s`, `m`, `h`), above zero and at most `24h`' })

/** Each time it is a query through PXF on the source. */
const intervalMs = durationMs
  .refine((value) => value >= unitMs.s, 'a duration from 1s to 24h with its unit, such as 30s or 5m')
  .meta({ allowed: 'a duration with its unit (`s`, `m`, `h`), from `1s` to `24h`' })

/** Names and paths pass unquoted through shells and files of the base image: no blanks, no quotes, no dollar. */
const word = /^[A-Za-z_][A-Za-z0-9_-]*$/
const prefix = z
  .string()
  .regex(/^(?=.{1,63}$)[A-Za-z_][A-Za-z0-9_-]*$/, 'letters, digits, _ and -, at most 63, a letter or _ first')
  .meta({ allowed: 'letters, digits, `_` and `-`, at most 63, a letter or `_` first' })

/** An account of the system, a role of the database and a word of pg_hba.conf, where `all` means everybody. */
const administrator = z
  .string()
  .refine(
    (value) => word.test(value) && value.length <= 63 && !/^(root|all|public|none|pg_.*)$/.test(value),
    'letters, digits, _ and -, at most 63, a letter or _ first; not root, all, public, none or pg_…',
  )
  .meta({
    allowed:
      'letters, digits, `_` and `-`, at most 63, a letter or `_` first; not `root`, `all`, `public`, `none` or `pg_…`',
  })

/** What PostgreSQL takes. What a first start cannot make of it is said by the preflight, which sees the volume. */
const database = z
  .string()
  .refine(
    (value) => Buffer.byteLength(value) <= 63 && value !== 'template0',
    'a database name of at most 63 bytes, and not template0, which lets nobody in',
  )
  .meta({ allowed: 'a database name of at most 63 bytes, not `template0`' })

const dataDirectory = z
  .string()
  .refine(
    (value) =>
      /^(\/+[A-Za-z0-9_.-]+)+\/*$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value) && value.length <= 200,
    'an absolute path below /, such as /data, of letters, digits, _ . - and /, at most 200, without . or .. as a part',
  )
  .meta({
    allowed:
      'an absolute path below `/`, of letters, digits, `_`, `.`, `-` and `/`, at most 200 characters, without `.` or `..` as a part',
  })

const databaseList = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .pipe(z.array(database.min(1, 'database names separated by commas')))
  .meta({ allowed: 'database names separated by commas' })

export const environmentSchema = z.object({
  GREENPLUM_USER: administrator
    .default('gpadmin')
    .describe('The administrator: an account of the operating system and a role of the database.'),
  GREENPLUM_PASSWORD: z.string().optional().meta({
    description:
      'The password of the administrator. It is required at every start, except on `segment` and `standby`, but only the first start sets it in the database. The start script does not get it: the script would pass it to `gpinitsystem` as an argument, which everybody on the host can read, and would break on blanks, quotes or wildcards. On a first start the script gets a random password, and yours is set before the container is ready. Only where there are custom init scripts, which may need it, do they and the script see yours, provided that it has none of those characters.',
    allowed: 'any text',
  }),
  GREENPLUM_PASSWORD_FILE: absolutePath
    .optional()
    .describe(
      'A file that holds the password and is not empty. It cannot be combined with `GREENPLUM_PASSWORD`.',
    ),
  GREENPLUM_PASSWORD_SYNC: zeroOne.describe(
    '`1`: a password that was changed here is set in the database at the next start. `0`: the difference is only reported, with the fix.',
  ),
  GREENPLUM_DATABASE_NAME: database
    .default('gp_dwh')
    .describe(
      'The database that is created when it is missing and that gets the extension. A first start takes only letters, digits, `_`, `.` and `-`, neither `.` nor `-` first, and neither `postgres` nor `template1`. A later start takes any name but `template0`, because the supervisor creates what is missing.',
    ),
  GREENPLUM_DATA_DIRECTORY: dataDirectory.default('/data').describe('The volume.'),
  GREENPLUM_SEG_PREFIX: prefix.default('gpseg').describe('The prefix of the server directories.'),
  GREENPLUM_PXF_ENABLE: flag.default('true').describe('`false`: no PXF, no seeds, no extension.'),
  GREENPLUM_DEPLOYMENT: z
    .enum(['singlenode', 'master', 'segment', 'standby'])
    .default('singlenode')
    .describe(
      'The role of the start script. The program is made for and tested with the single node; a `segment` or `standby` is run and stopped, but never becomes ready.',
    ),

  PXF_HOME: absolutePath.default('/usr/local/pxf').describe('Where PXF is installed.'),
  PXF_BASE: absolutePath
    .optional()
    .meta({ description: 'The files of PXF on the volume.', fallback: '`<GREENPLUM_DATA_DIRECTORY>/pxf`' }),
  PXF_PORT: port(1)
    .default(5888)
    .describe(
      'The port of PXF itself; not `HEALTH_PORT` and not 5432. The base image starts the segments over ssh, without this variable: they look for PXF on 5888.',
    ),
  PXF_JVM_OPTS: text('-Xmx512m -Xms256m').meta({
    description: 'Written into `conf/pxf-env.sh`, unless that file assigns the variable already.',
    allowed: 'any text',
  }),
  PXF_SEED_DIR: absolutePath
    .default('/opt/pxf-seed')
    .meta({ description: 'The seeds of the image, with the layout of `PXF_BASE`.', see: 'seeds.md' }),
  PXF_CONF_SEED_DIR: absolutePath.optional().meta({
    description: 'The templates of PXF itself for `conf/`. A seed of the same name wins.',
    fallback: '`<PXF_HOME>/conf`',
    see: 'seeds.md',
  }),
  PXF_SEED_OVERWRITE: z.enum(['0', '1', 'unmodified']).default('0').meta({
    description: 'What happens to files on the volume that differ from those of the image.',
    see: 'seeds.md',
  }),
  PXF_SYNC_ON_START: zeroOne.describe(
    '`1`: run `pxf cluster sync` once the database is up. A failure is reported and ends nothing.',
  ),
  PXF_EXTENSION_DATABASES: databaseList.optional().meta({
    description: 'The databases that get the extension. They must exist.',
    fallback: '`GREENPLUM_DATABASE_NAME`',
  }),

  GP_SEED_DIR: absolutePath.default('/opt/gp-seed').meta({
    description: 'What the image brings for the database: `sql/` and `protocols/`.',
    see: 'sql-files.md',
  }),
  PROTOCOLS_ON_ERROR: onError.meta({
    description:
      'What it means that a custom protocol or format cannot be registered. `degraded`: the rest stays up and registration is tried again. `fatal`: the container stops with exit code 78.',
    see: '../protocols.md#what-happens-at-a-start',
  }),
  SQL_ON_ERROR: onError.meta({
    description:
      'What it means that a SQL file cannot be applied. `degraded`: the rest stays up and the file is tried again. `fatal`: the container shuts down cleanly with exit code 78.',
    see: 'sql-files.md',
  }),
  SQL_STATEMENT_TIMEOUT: durationMs
    .default(60_000)
    .meta({ description: 'The time limit of each statement in the SQL files.', see: 'sql-files.md' }),
  READY_SQL: z.string().optional().meta({
    description: 'A query that has to return a row before the start is `ready`.',
    allowed: 'one `SELECT`',
    see: 'sql-files.md#ready_sql',
  }),
  READY_SQL_DATABASE: database.optional().meta({
    description: 'The database in which `READY_SQL` is run.',
    fallback: '`GREENPLUM_DATABASE_NAME`',
  }),
  READY_SQL_TIMEOUT: durationMs.default(10_000).describe('The time limit of `READY_SQL`.'),
  READY_SQL_INTERVAL: intervalMs
    .default(300_000)
    .describe('How often `READY_SQL` is run again while it succeeds.'),

  PG_HBA_SAMEHOST: z.enum(['trust', 'md5', 'off']).default('trust').meta({
    description:
      "How the administrator may log in from the container's own addresses: without a password, with one, or as `pg_hba.conf` says without the help of the supervisor.",
    see: 'pg-hba.md',
  }),
  PGHOST: z
    .string()
    .regex(/^[^/]/, 'a host name or address; a socket directory would prove nothing')
    .optional()
    .meta({
      description: "Where the `pg_hba.conf` rule is verified over TCP. Greenplum's tools use it as well.",
      allowed: 'a host name or address, not a socket directory',
      fallback: 'the host name',
    }),

  START_SCRIPT: absolutePath.default('/start_gpdb.sh').describe('The start script of the base image.'),
  INIT_SCRIPTS_DIR: absolutePath
    .default('/docker-entrypoint-initdb.d')
    .describe('The folder of custom init scripts. When it has entries, a first start waits for them.'),
  STOP_GRACE_PERIOD: durationMs.default(110_000).meta({
    description:
      'The time budget of the whole stop. The limit that the container itself has for its stop must be longer.',
    see: '../explanation/start-and-stop.md#how-a-stop-goes',
  }),

  HEALTH_HOST: text('127.0.0.1').meta({
    description: 'The address on which the probes are answered.',
    allowed: 'an address or a host name',
    see: 'http.md',
  }),
  HEALTH_PORT: port(0).default(8008).meta({
    description: 'The port on which the probes are answered; not 5432. `0` takes any free one, for tests.',
    see: 'http.md',
  }),
  CONTAINER_PLATFORM: z.enum(platformKinds).optional().meta({
    description:
      'For which platform the fixes of findings are written. A container cannot see that it is one of Compose: there, set it to `compose`.',
    fallback:
      '`kubernetes` in a pod, `docker` in a container of Docker or Podman, otherwise words that hold everywhere',
    see: 'findings.md',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .meta({ description: 'The least important level that is written.', see: 'logs.md' }),
  LOG_FORMAT: z
    .enum(['json', 'pretty'])
    .default('json')
    .meta({ description: '`json`: one JSON object per line. `pretty`: human-readable.', see: 'logs.md' }),
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
