/**
 * Every environment variable that the program reads: name, default, allowed values, meaning. Names come from
 * the base image, where each family has a prefix of its own (`GREENPLUM_*`), from the demo environment (`PXF_*`) and from
 * this program.
 *
 * `docs/reference/environment.md` is generated from this file (`npm run docs`). Besides the description it uses `allowed`
 * (values, where zod cannot list them), `fallback` (a default that depends on other values) and `see` (a page).
 */
import * as z from 'zod'
import { platformKinds } from '../findings/platform.ts'
import { families } from '../image/families.ts'
import { variableName, type ImageProfile, type ImageVariable } from '../image/profile.ts'
import { familyVariable } from '../image/recognise.ts'
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

/** Defaults and names as the documentation shows them. */
const [usual] = families

/** A default that the family decides, for the documentation. */
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

/** Those of the base image, without the prefix of its family. */
export const imageVariables = {
  USER: administrator.optional().meta({
    description: 'The administrator: an account of the operating system and a role of the database.',
    fallback: byFamily((profile) => profile.administrator),
  }),
  PASSWORD: z.string().optional().meta({
    description:
      'The password of the administrator. It is required at every start, except on `segment` and `standby`, but only the first start sets it in the database. The start script does not get it: the script would pass it to `gpinitsystem` as an argument, which everybody on the host can read, and would break on blanks, quotes or wildcards. On a first start the script gets a random password, and yours is set before the container is ready. Only where there are custom init scripts, which may need it, do they and the script see yours, provided that it has none of those characters.',
    allowed: 'any text',
  }),
  PASSWORD_FILE: absolutePath
    .optional()
    .describe(
      'A file that holds the password and is not empty. It cannot be combined with `GREENPLUM_PASSWORD`.',
    ),
  PASSWORD_SYNC: zeroOne.describe(
    '`1`: a password that was changed here is set in the database at the next start. `0`: the difference is only reported, with the fix.',
  ),
  DATABASE_NAME: database
    .default('gp_dwh')
    .describe(
      'The database that is created when it is missing and that gets the extension. A first start takes only letters, digits, `_`, `.` and `-`, neither `.` nor `-` first, and neither `postgres` nor `template1`. A later start takes any name but `template0`, because the supervisor creates what is missing.',
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
      'The role of the start script. The program is made for and tested with the single node; a `segment` or `standby` is ready when its own servers and PXF run.',
    ),
} satisfies Record<ImageVariable, z.ZodType>

/** The others. */
export const ownVariables = {
  PXF_HOME: absolutePath
    .optional()
    .meta({ description: 'Where PXF is installed.', fallback: byFamily(({ pxf }) => pxf.home) }),
  PXF_BASE: absolutePath.optional().meta({
    description: 'The files of PXF on the volume.',
    fallback: `\`<${variableName(usual, 'DATA_DIRECTORY')}>/${usual.pxf.folder}\``,
  }),
  PXF_PORT: port(1)
    .optional()
    .meta({
      description: `The port of PXF itself; not \`HEALTH_PORT\` and not ${usual.coordinatorPort}. The base image starts the segments over ssh, without this variable: they look for PXF on ${usual.pxf.port}.`,
      fallback: byFamily(({ pxf }) => `${pxf.port}`),
    }),
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

  [familyVariable]: z
    .enum(families.map(({ family }) => family))
    .optional()
    .meta({
      description:
        'The family of the base image, where it is not recognised: a warning says so. It decides where things are, what the other variables are called and how the start script is followed.',
      fallback: 'what the image is recognised as',
      see: 'images.md',
    }),
  START_SCRIPT: absolutePath.optional().meta({
    description: 'The start script of the base image.',
    fallback: byFamily(({ startScript }) => startScript),
  }),
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
  HEALTH_PORT: port(0)
    .default(8008)
    .meta({
      description: `The port on which the probes are answered; not ${usual.coordinatorPort}. \`0\` takes any free one, for tests.`,
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
} as const

/** By the keys above: what stands in the environment has the names of the family. */
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

/** Never printed, logged or reported. */
export const secretKeys: ReadonlySet<string> = new Set<ImageVariable>(['PASSWORD'])

/** Names of PXF and of others that look like ours; they must not be taken for misspellings. */
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

/** A variable that there was once. Its value is said to have no effect, unless it is what happens anyway. */
export const initScriptsVariable = 'INIT_SCRIPTS_DIR'
