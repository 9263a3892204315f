/** Stops a single server. */
import type { RunTool } from '../children/tool.ts'
import type { Logger } from '../logging/logger.ts'

export interface PgCtlPorts {
  /** Of the tools. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly logger?: Logger
}

export interface StopMode {
  readonly mode: 'fast' | 'immediate'
  /** How long pg_ctl waits for the end of the server. */
  readonly seconds: number
  /** Ends the wait early. */
  readonly signal?: AbortSignal
}

/** @returns why the server may still run; empty on success */
export async function pgCtlStop(
  directory: string,
  { mode, seconds, signal }: StopMode,
  { toolEnvironment, runTool, logger }: PgCtlPorts,
): Promise<string> {
  const result = await runTool({
    command: 'pg_ctl',
    arguments: ['stop', '-D', directory, '-m', mode, '-w', '-t', String(seconds)],
    environment: toolEnvironment,
    timeoutMs: (seconds + 2) * 1000,
    ...(signal === undefined ? {} : { signal }),
    ...(logger === undefined ? {} : { log: logger }),
  })
  return result.failure
}
