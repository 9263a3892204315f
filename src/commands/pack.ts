/**
 * `pack`: makes the archive of a prepared cluster from a volume whose container is stopped, or from one that an image is
 * being built with. It may be run as root, and then becomes the administrator, as servers refuse root.
 */
import { stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { replaceFile } from '../atomic-file.ts'
import { runTool } from '../children/tool.ts'
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { variableName } from '../image/profile.ts'
import { packCluster } from '../prepared/pack.ts'
import type { PackPorts } from '../prepared/packable.ts'
import { lockVolume } from '../volume/lock.ts'
import { usageError, type BecomeAdministrator, type CommandContext } from './command.ts'

export interface PackContext extends CommandContext {
  readonly becomeAdministrator: BecomeAdministrator
  readonly version: string
  readonly now: string
  /** Where `-` leads. */
  readonly output: Writable & { readonly isTTY?: boolean }
}

/** What another user of the image reads. */
const mode = 0o644

export async function pack(context: PackContext, file: string | undefined): Promise<number> {
  const { becomeAdministrator, config, environment, now, output, print, version } = context
  if (file === undefined) throw usageError('pack needs --output FILE, or --output - for standard output')
  if (file === '-' && output.isTTY === true)
    throw usageError('an archive is not for a terminal; send it to a file')
  const { dataDirectory, profile, user } = config.greenplum
  const stillRoot = await becomeAdministrator(user, dataDirectory)
  if (stillRoot !== undefined)
    throw failed(
      `${stillRoot}; run it as the user that Greenplum runs as, or set ${variableName(profile, 'USER')} to that name`,
    )
  const toolEnvironment = await readToolEnvironment(environment)
  const lost = new AbortController()
  const lock = await lockVolume(dataDirectory, lost.signal, () => lost.abort())
  try {
    const ports: PackPorts = { config, environment: toolEnvironment, runTool, version, now, report: print }
    await packCluster(ports, (bytes) =>
      file === '-' ? pipeline(Readable.from(bytes), output) : replaceFile(file, bytes, { mode }),
    )
  } catch (error) {
    throw error instanceof SupervisorError ? error : failed(reasonOf(error), error)
  } finally {
    await lock.release()
  }
  if (file !== '-') print(`packed: ${file}, ${Math.ceil((await stat(file)).size / 1024 / 1024)} MiB`)
  return exitCodes.clean
}

const failed = (reason: string, cause?: unknown) =>
  new SupervisorError(`cannot pack the cluster: ${reason}`, {
    code: 'pack',
    exitCode: exitCodes.configuration,
    ...(cause === undefined ? {} : { cause }),
  })
