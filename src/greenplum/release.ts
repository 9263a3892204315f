/**
 * The release that created a cluster, and that of the image: the versions by which a server refuses files of another
 * release. A version that cannot be read is undefined.
 */
import { join } from 'node:path'
import { runTool } from '../children/tool.ts'
import { families } from '../image/families.ts'
import { readRegular } from '../regular-file.ts'

export interface Release {
  /** The underlying PostgreSQL version: 9.4, 12, 14. */
  readonly postgres: string | undefined
  /** The catalog version, which may differ between builds of one release; gpstart compares it as well. */
  readonly catalog: string | undefined
}

type ToolEnvironment = Readonly<Record<string, string>>

/** Each command prints one line and exits. */
const timeoutMs = 5000

/** @param environment the environment of the tools */
export async function clusterRelease(directory: string, environment: ToolEnvironment): Promise<Release> {
  const [version, control] = await Promise.all([
    readRegular(join(directory, 'PG_VERSION')).catch(() => ''),
    ask(['pg_controldata', directory], environment),
  ])
  return { postgres: /^\d+(\.\d+)?$/.exec(version.trim())?.[0], catalog: catalogVersion(control) }
}

export async function imageRelease(environment: ToolEnvironment): Promise<Release> {
  const [version, catalog] = await Promise.all([
    ask(['postgres', '--version'], environment),
    ask(['postgres', '--catalog-version'], environment),
  ])
  return { postgres: postgresVersion(version), catalog: catalogVersion(catalog) }
}

async function ask(
  [command, ...words]: readonly [string, ...string[]],
  environment: ToolEnvironment,
): Promise<string> {
  const run = { command, arguments: words, environment: { ...environment, LC_ALL: 'C' }, timeoutMs }
  return (await runTool(run)).output
}

/** `postgres (Greenplum Database) 9.4.26`: up to version 9 a major version has two numbers, as in PG_VERSION. */
export function postgresVersion(output: string): string | undefined {
  const [, first, second] = /^postgres \([^)]*\) (\d+)(?:\.(\d+))?/m.exec(output) ?? []
  if (first === undefined) return undefined
  return Number(first) < 10 && second !== undefined ? `${first}.${second}` : first
}

export function catalogVersion(output: string): string | undefined {
  return /^Catalog version number:\s*(\d+)\s*$/m.exec(output)?.[1]
}

/** Related products (Greengage, WarehousePG) are called Greenplum as well. */
export const productOf = (postgres: string): string =>
  families.find((profile) => profile.postgres === postgres)?.title ??
  (postgres === '8.3' ? 'Greenplum 5' : `PostgreSQL ${postgres}`)
