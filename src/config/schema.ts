/**
 * Every environment variable that the program reads: name, default, allowed values, meaning. Names come from the base
 * image, where each family has its own prefix (`GREENPLUM_*`), from the demo environment (`PXF_*`) and from this
 * program.
 *
 * `docs/reference/environment.md` is generated from this file (`npm run docs`). Besides the description it uses
 * `allowed` (values that zod cannot list), `fallback` (a default that depends on other values) and `see` (a page).
 */
import * as z from 'zod'
import { platformKinds } from '../findings/platform.ts'
import { families } from '../image/families.ts'
import { variableName, type ImageProfile, type ImageVariable } from '../image/profile.ts'
import { familyVariable } from '../image/recognise.ts'
import { clusterVariables } from './cluster-variables.ts'
import { deployments } from './role.ts'
import {
  absolutePath,
  administrator,
  database,
  databaseList,
  dataDirectory,
  durationMs,
  flag,
  intervalMs,
  onError,
  port,
  prefix,
  text,
  zeroOne,
} from './values.ts'

/** The family whose defaults and names the documentation shows. */
const [usual] = families

/** A default that depends on the family, for the documentation. */
function byFamily(pick: (profile: ImageProfile) => string): string {
  const values = [...new Set(families.map(pick))]
  const titles = (value: string) =>
    families
      .filter((profile) => pick(profile) === value)
      .map(({ title }) => title)
      .join(', ')
  return values
    .map((value) => (values.length === 1 ? `\`${value}\`` : `\`${value}\` (${titles(value)})`))
    .join(', ')
}

/** The variables of the base image, without the prefix of its family. */
export const imageVariables = {
  USER: administrator.optional().meta({
    description: 'The administrator: an operating system account and a database role.',
    fallback: byFamily((profile) => profile.administrator),
  }),
  PASSWORD: z.string().optional().meta({
    description:
      'The password of the administrator. It is required at every start, except on `segment` and `standby`, but only the first start sets it in the database. The start script does not get it: the script would pass it to `gpinitsystem` as an argument, which every user of the host can read, and would fail on blanks, quotes or wildcards. On a first start the script gets a random password, and yours is set before the container is ready. Custom init scripts may need the password. Only if there are any, and your password has none of those characters, do they and the script get it.',
    allowed: 'any text',
  }),
  PASSWORD_FILE: absolutePath
    .optional()
    .describe(
      'A non-empty file that contains the password. It cannot be combined with `GREENPLUM_PASSWORD`.',
    ),
  PASSWORD_SYNC: zeroOne.describe(
    '`1`: if the password was changed here, the next start sets it in the database. `0`: the difference is only reported, with a fix.',
  ),
  DATABASE_NAME: database
    .default('gp_dwh')
    .describe(
      'The database that is created if it is missing, and that gets the extension. A first start accepts only letters, digits, `_`, `.` and `-`, with neither `.` nor `-` first, and neither `postgres` nor `template1`. A later start accepts any name except `template0`, because then the supervisor creates the database itself.',
    ),
  DATA_DIRECTORY: dataDirectory
    .optional()
    .meta({ description: 'The volume.', fallback: byFamily((profile) => profile.dataDirectory) }),
  SEG_PREFIX: prefix.optional().meta({
    description: 'The prefix of the server directories.',
    fallback: byFamily(({ segmentPrefix }) => segmentPrefix),
  }),
  PXF_ENABLE: flag.default('true').describe('`false`: no PXF, no seeds, no extension.'),
  DEPLOYMENT: z
    .enum(deployments)
    .default('singlenode')
    .describe(
      'The role of this host, for the start script. The program is designed for and tested with a single node. A `segment` or `standby` is ready when its own servers and PXF run.',
    ),
  PREPARED: z.enum(['auto', 'off']).default('auto').meta({
    description:
      '`auto`: the first start adopts the prepared cluster of the image, if there is one and it fits; otherwise, or with `off`, `gpinitsystem` creates one. The log says which, and why.',
    see: '../explanation/start-and-stop.md#a-prepared-cluster',
  }),
  FAST_START: z.enum(['auto', 'off']).default('auto').meta({
    description:
      '`auto`: where the whole cluster is on this host and nothing is unusual, the servers are started without `gpstart`, which takes less than a second; otherwise, or with `off`, by `gpstart`. The log says which, and why.',
    see: '../explanation/start-and-stop.md#a-fast-start',
  }),
} satisfies Record<ImageVariable, z.ZodType>

/** All other variables. */
export const ownVariables = {
  PXF_HOME: absolutePath.optional().meta({
    description: 'The directory in which PXF is installed.',
    fallback: byFamily(({ pxf }) => pxf.home),
  }),
  PXF_BASE: absolutePath.optional().meta({
    description: 'The directory of the PXF files on the volume.',
    fallback: `\`<${variableName(usual, 'DATA_DIRECTORY')}>/${usual.pxf.folder}\``,
  }),
  PXF_PORT: port(1)
    .optional()
    .meta({
      description: `The port of PXF; not \`HEALTH_PORT\` and not ${usual.coordinatorPort}. The base image starts the segments over ssh, without this variable, so they expect PXF on ${usual.pxf.port}.`,
      fallback: byFamily(({ pxf }) => `${pxf.port}`),
    }),
  PXF_JVM_OPTS: text('-Xmx512m -Xms256m').meta({
    description:
      'The options for the JVM of PXF. They are written to `conf/pxf-env.sh`, unless that file already assigns the variable.',
    allowed: 'any text',
  }),
  PXF_CLASS_DATA_SHARING: z.enum(['auto', 'off']).default('auto').meta({
    description:
      '`auto`: PXF starts with the class data of the image, if there are any and they fit; that takes a third less time. `off`: without.',
    see: '../explanation/start-and-stop.md#class-data-of-pxf',
  }),
  PXF_CLASS_DATA_DIR: absolutePath
    .default('/opt/gp-supervisor/pxf')
    .meta({ description: 'The directory of the class data in the image.' }),
  PXF_SEED_DIR: absolutePath
    .default('/opt/pxf-seed')
    .meta({ description: 'The seed files of the image, with the layout of `PXF_BASE`.', see: 'seeds.md' }),
  PXF_CONF_SEED_DIR: absolutePath.optional().meta({
    description: 'The templates of PXF for `conf/`. A seed file with the same name takes precedence.',
    fallback: '`<PXF_HOME>/conf`',
    see: 'seeds.md',
  }),
  PXF_SEED_OVERWRITE: z.enum(['0', '1', 'unmodified']).default('0').meta({
    description: 'What to do with files on the volume that differ from those of the image.',
    see: 'seeds.md',
  }),
  PXF_SYNC_ON_START: zeroOne.describe(
    '`1`: run `pxf cluster sync` once the database is up. A failure is only reported; it is tried again each minute.',
  ),
  PXF_EXTENSION_DATABASES: databaseList.optional().meta({
    description: 'The databases that get the extension. They must exist.',
    fallback: '`GREENPLUM_DATABASE_NAME`',
  }),

  GP_SEED_DIR: absolutePath.default('/opt/gp-seed').meta({
    description: 'The files of the image for the database: `sql/` and `protocols/`.',
    see: 'sql-files.md',
  }),
  PROTOCOLS_ON_ERROR: onError.meta({
    description:
      'What to do if a custom protocol or format cannot be registered. `degraded`: everything else keeps running, and the registration is retried. `fatal`: the container shuts down cleanly with exit code 78.',
    see: '../protocols.md#what-happens-at-a-start',
  }),
  SQL_ON_ERROR: onError.meta({
    description:
      'What to do if a SQL file cannot be applied. `degraded`: everything else keeps running, and the file is retried. `fatal`: the container shuts down cleanly with exit code 78.',
    see: 'sql-files.md',
  }),
  SQL_STATEMENT_TIMEOUT: durationMs
    .default(60_000)
    .meta({ description: 'The time limit of each statement in the SQL files.', see: 'sql-files.md' }),
  READY_SQL: z.string().optional().meta({
    description: 'A query that must return a row before the container is ready.',
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

  PREPARED_CLUSTER_FILE: absolutePath.default('/opt/gp-supervisor/cluster.tar.zst').meta({
    description: 'The archive of the prepared cluster, which `gp-supervisor pack` makes.',
    see: '../how-to/bake-data-into-an-image.md',
  }),

  PG_HBA_SAMEHOST: z.enum(['trust', 'md5', 'off']).default('trust').meta({
    description:
      "How the administrator may log in from the container's own addresses: without a password (`trust`), with one (`md5`), or as `pg_hba.conf` states, which the supervisor then leaves unchanged (`off`).",
    see: 'pg-hba.md',
  }),
  PGHOST: z
    .string()
    .regex(/^[^/]/, 'a host name or address; a socket directory would verify nothing')
    .optional()
    .meta({
      description:
        "The host name for TCP connections that verify the `pg_hba.conf` rule. Greenplum's tools use it as well.",
      allowed: 'a host name or address, not a socket directory',
      fallback: 'the host name',
    }),

  [familyVariable]: z
    .enum(families.map(({ family }) => family))
    .optional()
    .meta({
      description:
        'The family of the base image, for images that are not recognized, which a warning reports. It determines paths, the names of the other variables, and how the progress of the start script is followed.',
      fallback: 'the recognized family',
      see: 'images.md',
    }),
  START_SCRIPT: absolutePath.optional().meta({
    description: 'The start script of the base image.',
    fallback: byFamily(({ startScript }) => startScript),
  }),
  STOP_GRACE_PERIOD: durationMs.default(110_000).meta({
    description:
      'The time budget for the entire stop. The grace period of the container itself must be longer.',
    see: '../explanation/start-and-stop.md#how-a-stop-goes',
  }),

  ...clusterVariables,
  HEALTH_HOST: text('127.0.0.1').meta({
    description: 'The address on which probes are served.',
    allowed: 'an address or a host name',
    see: 'http.md',
  }),
  HEALTH_PORT: port(0)
    .default(8008)
    .meta({
      description: `The port on which probes are served; not ${usual.coordinatorPort}. \`0\` selects a free port, for tests.`,
      see: 'http.md',
    }),
  CONTAINER_PLATFORM: z.enum(platformKinds).optional().meta({
    description:
      'The platform for which the fixes of findings are written. A container cannot detect that Compose started it; with Compose, set this to `compose`.',
    fallback:
      '`kubernetes` in a pod, `docker` in a container of Docker or Podman, otherwise general instructions',
    see: 'findings.md',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .meta({ description: 'The least important level that is written.', see: 'logs.md' }),
  LOG_DATABASE: z.enum(['warning', 'all', 'off']).default('warning').meta({
    description:
      "Which records of the servers' own logs are written to the log, of the coordinator and of every segment of this host. `warning`: WARNING and worse, and what a server says of its start and stop. `all`: every record. `off`: none.",
    see: 'logs.md#the-logs-of-the-servers',
  }),
  LOG_PXF: z.enum(['warning', 'all', 'off']).default('warning').meta({
    description:
      'Which records of the service log of PXF are written to the log. `warning`: WARN and worse. `all`: every record. `off`: none.',
    see: 'logs.md#the-logs-of-the-servers',
  }),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json').meta({
    description: '`json`: one JSON object per line. `pretty`: human-readable, in colours on a terminal.',
    see: 'logs.md#for-people',
  }),
  NO_COLOR: z.string().optional().meta({ description: 'With any value: no colours.', allowed: 'any text' }),
} as const

/** The variables by the keys above; in the environment they have the names of the family. */
export const configurationSchema = z.object({ ...imageVariables, ...ownVariables })
export type Parsed = z.output<typeof configurationSchema>

/** The name that each key has in the environment. */
export type Names = Readonly<Record<keyof Parsed, string>>

export function namesOf(profile: Pick<ImageProfile, 'prefix'>): Names {
  const images = Object.keys(imageVariables).map((key) => [key, variableName(profile, key as ImageVariable)])
  const own = Object.keys(ownVariables).map((name) => [name, name])
  return Object.fromEntries([...images, ...own]) as Names
}

/** Each variable under its usual name, for the documentation and `--help`. */
export const usualVariables: readonly (readonly [string, z.ZodType])[] = Object.entries({
  ...imageVariables,
  ...ownVariables,
}).map(([key, value]) => [namesOf(usual)[key as keyof Parsed], value])

/** Variables whose values are never printed, logged or reported. */
export const secretKeys: ReadonlySet<string> = new Set<ImageVariable>(['PASSWORD'])

/** Variables of PXF and other programs with one of our prefixes; they must not be reported as misspellings. */
export const foreignNames: ReadonlySet<string> = new Set([
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

/** A removed variable. A warning reports that it has no effect, unless it names the directory that is used anyway. */
export const initScriptsVariable = 'INIT_SCRIPTS_DIR'
