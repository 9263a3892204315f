/** The release of this image and its C library, by which files of another image are told apart. */
import type { RunTool } from '../children/tool.ts'
import { catalogVersion } from '../greenplum/release.ts'

export interface ImageFacts {
  readonly release: string
  readonly catalogVersion: string
  readonly library: string
}

const timeoutMs = 10_000

/** @throws if one of them cannot be determined */
export async function imageFacts(
  environment: Readonly<Record<string, string>>,
  runTool: RunTool,
): Promise<ImageFacts> {
  const ask = async (command: string, ...words: string[]) => {
    const { ok, failure, output } = await runTool({
      command,
      arguments: words,
      environment: { ...environment, LC_ALL: 'C' },
      timeoutMs,
    })
    if (!ok) throw new Error(failure)
    return output.trim()
  }
  const [release, catalog, library] = await Promise.all([
    ask('postgres', '--gp-version'),
    ask('postgres', '--catalog-version'),
    ask('getconf', 'GNU_LIBC_VERSION'),
  ])
  const version = catalogVersion(catalog)
  if (version === undefined) throw new Error(`postgres --catalog-version is not understood: ${catalog}`)
  return { release, catalogVersion: version, library }
}
