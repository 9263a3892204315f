/** The types of variables: the allowed values, and their description for faults and for the documentation. */
import * as z from 'zod'

/** An empty variable counts as not set: Compose passes `NAME: ${NAME:-}` as an empty string. */
export const text = (fallback: string) => z.string().default(fallback)
export const absolutePath = z
  .string()
  .regex(/^\//, 'an absolute path, such as /data')
  .meta({ allowed: 'an absolute path' })
export const flag = z.enum(['true', 'false'])
export const zeroOne = z.enum(['0', '1']).default('0')
export const port = (least: 0 | 1) =>
  z
    .string()
    .regex(/^\d+$/, `a port number, ${least} to 65535`)
    .transform(Number)
    .refine((value) => value >= least && value <= 65_535, `a port number, ${least} to 65535`)
    .meta({ allowed: least === 0 ? 'a port number, 0 to 65535' : 'a port number, 1 to 65535' })

/** The reaction to a failure: continue without it, or shut down cleanly with exit code 78. */
export const onError = z.enum(['degraded', 'fatal']).default('degraded')

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

export const durationMs = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'a duration greater than zero, with its unit, such as 110s, 2m or 500ms')
  .transform((value) => {
    const unit = /[a-z]+$/.exec(value)?.[0] as keyof typeof unitMs
    return Number.parseInt(value, 10) * unitMs[unit]
  })
  .refine(
    (value) => value > 0 && value <= unitMs.h * 24,
    'a duration greater than zero and at most 24h, with its unit, such as 110s, 2m or 500ms',
  )
  .meta({ allowed: 'a duration with its unit (`ms`, `s`, `m`, `h`), greater than zero and at most `24h`' })

/** Each run is a query through PXF to the source, so it must not run too often. */
export const intervalMs = durationMs
  .refine((value) => value >= unitMs.s, 'a duration from 1s to 24h with its unit, such as 30s or 5m')
  .meta({ allowed: 'a duration with its unit (`s`, `m`, `h`), from `1s` to `24h`' })

/** The base image uses names and paths unquoted in shell and in files: no blanks, no quotes, no dollar signs. */
const word = /^[A-Za-z_][A-Za-z0-9_-]*$/
export const prefix = z
  .string()
  .regex(
    /^(?=.{1,63}$)[A-Za-z_][A-Za-z0-9_-]*$/,
    'at most 63 letters, digits, _ and -, starting with a letter or _',
  )
  .meta({ allowed: 'at most 63 letters, digits, `_` and `-`, starting with a letter or `_`' })

/** An operating system account, a database role and a word in pg_hba.conf, where `all` would mean every user. */
export const administrator = z
  .string()
  .refine(
    (value) => word.test(value) && value.length <= 63 && !/^(root|all|public|none|pg_.*)$/.test(value),
    'at most 63 letters, digits, _ and -, starting with a letter or _; not root, all, public, none or pg_…',
  )
  .meta({
    allowed:
      'at most 63 letters, digits, `_` and `-`, starting with a letter or `_`; not `root`, `all`, `public`, `none` or `pg_…`',
  })

/**
 * Any name that PostgreSQL accepts. The preflight, which knows the volume, reports names that a first start cannot
 * create.
 */
export const database = z
  .string()
  .refine(
    (value) => Buffer.byteLength(value) <= 63 && value !== 'template0',
    'a database name of at most 63 bytes; not template0, which accepts no connections',
  )
  .meta({ allowed: 'a database name of at most 63 bytes, not `template0`' })

export const dataDirectory = z
  .string()
  .refine(
    (value) =>
      /^(\/+[A-Za-z0-9_.-]+)+\/*$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value) && value.length <= 200,
    'an absolute path below /, such as /data: at most 200 characters, of letters, digits, _ . - and /, without . or .. as a component',
  )
  .meta({
    allowed:
      'an absolute path below `/`: at most 200 characters, of letters, digits, `_`, `.`, `-` and `/`, without `.` or `..` as a component',
  })

export const databaseList = z
  .string()
  .transform((value) => value.split(',').map((entry) => entry.trim()))
  .pipe(z.array(database.min(1, 'database names separated by commas')))
  .meta({ allowed: 'database names separated by commas' })
