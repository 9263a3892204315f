/**
 * The files of an adopted cluster on the disk. A server syncs only what it writes itself, so a power failure could leave
 * a cluster that is marked as initialized, and whose other files are empty.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { RunTool } from '../children/tool.ts'
import { readIfFile } from '../regular-file.ts'
import { stateDirectory, writeState } from '../volume/state.ts'

export interface Adopted {
  readonly at: string
  readonly packedAt: string
  readonly systemIdentifier: string
}

const name = 'adopted.json'

/** Written before the cluster is in its place. */
export const noteAdoption = (dataDirectory: string, adopted: Adopted): Promise<void> =>
  writeState(dataDirectory, name, adopted)

type Environment = Readonly<Record<string, string>>

/** A slow disk with a cluster of the user's. */
const timeoutMs = 600_000

/** Begins to write, and waits for nothing: the servers start meanwhile. */
export function beginSync(dataDirectory: string, environment: Environment): void {
  const child = spawn('sync', ['-f', dataDirectory], { env: environment, stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

/** @throws if the files may not be on the disk */
export async function syncIfAdopted(
  dataDirectory: string,
  environment: Environment,
  runTool: RunTool,
): Promise<void> {
  if ((await readIfFile(join(stateDirectory(dataDirectory), name))) === undefined) return
  const sync = (...words: string[]) => runTool({ command: 'sync', arguments: words, environment, timeoutMs })
  // Before coreutils 8.24 it knew no single file system.
  const { ok, failure } = await sync('-f', dataDirectory)
  if (!ok && !(await sync()).ok) throw new Error(`cannot write ${dataDirectory} to the disk: ${failure}`)
}
