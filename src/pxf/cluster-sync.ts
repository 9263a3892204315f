/**
 * Runs `pxf cluster sync`, which copies PXF's configuration to the other hosts. It connects to the database over TCP,
 * so it can run only once the database is up. An older demo environment ran it before that, and it never worked
 * (docs/base-image.md, trap 15).
 */
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../logging/logger.ts'

/** It copies to every host with rsync, which takes time with many hosts. */
const timeoutMs = 120_000

/** @returns why it failed; empty on success */
export async function syncPxfCluster(
  config: Config,
  ports: {
    readonly toolEnvironment: Readonly<Record<string, string>>
    readonly coordinatorPort: number
    readonly runTool: RunTool
    readonly logger: Logger
    readonly signal: AbortSignal
  },
): Promise<string> {
  const password = config.greenplum.password === undefined ? {} : { PGPASSWORD: config.greenplum.password }
  const result = await ports.runTool({
    command: `${config.pxf.home}/bin/pxf`,
    arguments: ['cluster', 'sync'],
    environment: {
      ...ports.toolEnvironment,
      ...password,
      PXF_BASE: config.pxf.base,
      PGHOST: '127.0.0.1',
      PGPORT: String(ports.coordinatorPort),
    },
    timeoutMs,
    signal: ports.signal,
    log: ports.logger,
  })
  return result.failure
}
