/** Verifies a clean shutdown by the state that each server wrote to `pg_control`. */
import type { RunTool } from '../children/tool.ts'
import { observePostmaster, type Postmaster } from './data-directories.ts'

export interface ShutdownState {
  readonly path: string
  /** pg_controldata's "Database cluster state", or why it could not be read. */
  readonly state: string
  readonly clean: boolean
}

/** The states of a primary, and of a mirror or standby. Any other state requires crash recovery at the next start. */
const cleanStates: ReadonlySet<string> = new Set(['shut down', 'shut down in recovery'])
export const isClean = (state: string): boolean => cleanStates.has(state)

const timeoutMs = 5000

/** @param environment with LC_ALL=C, because the output of pg_controldata is localized */
export async function verifyShutDown(
  directories: readonly string[],
  environment: Readonly<Record<string, string>>,
  runTool: RunTool,
): Promise<ShutdownState[]> {
  return Promise.all(
    directories.map(async (path) => {
      const result = await runTool({ command: 'pg_controldata', arguments: [path], environment, timeoutMs })
      const state = clusterState(result.output) ?? `unknown (${result.failure})`
      const running = stillRunning(await observePostmaster(path))
      return { path, state: state + running, clean: isClean(state) && running === '' }
    }),
  )
}

function stillRunning(postmaster: Postmaster): string {
  if (postmaster.state === 'alive') return ', still running'
  return postmaster.state === 'unknown' ? `, cannot tell whether it is running (${postmaster.reason})` : ''
}

export function clusterState(output: string): string | undefined {
  return /^Database cluster state:\s*(.+?)\s*$/m.exec(output)?.[1]
}
