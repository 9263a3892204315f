/** The release of this image and its C library, by which files of another image are told apart. */
import { outputOf, type RunTool } from '../children/tool.ts'
import { catalogVersion } from '../greenplum/release.ts'

export interface ImageFacts {
  readonly release: string
  readonly catalogVersion: string
  readonly library: string
}

type Environment = Readonly<Record<string, string>>

/** For programs of the system, which Greenplum's own libraries could break. */
export function systemEnvironment(environment: Environment): Record<string, string> {
  const { LD_LIBRARY_PATH: _, OPENSSL_CONF: __, ...others } = environment
  return { ...others, LC_ALL: 'C' }
}

const timeoutMs = 10_000

/** @throws if one of them cannot be determined */
export async function imageFacts(environment: Environment, runTool: RunTool): Promise<ImageFacts> {
  const ask = async (own: Environment, command: string, ...words: string[]) =>
    (await outputOf({ command, arguments: words, environment: own, timeoutMs }, runTool)).trim()
  const [release, catalog, library] = await Promise.all([
    ask(environment, 'postgres', '--gp-version'),
    ask(environment, 'postgres', '--catalog-version'),
    ask(systemEnvironment(environment), 'getconf', 'GNU_LIBC_VERSION'),
  ])
  const version = catalogVersion(catalog)
  if (version === undefined) throw new Error(`postgres --catalog-version is not understood: ${catalog}`)
  return { release, catalogVersion: version, library }
}
