/** A command of this program on another host of the cluster, over ssh, which the tools of Greenplum need there anyway. */
import { join } from 'node:path'
import type { RunTool, ToolResult } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import type { Deployment } from '../config/role.ts'
import { readEra } from '../fast-start/era.ts'
import { withPrefix } from '../greenplum/environment.ts'
import type { ImageVariable } from '../image/profile.ts'
import { familyVariable } from '../image/recognise.ts'
import type { Logger } from '../logging/logger.ts'
import { shellWord } from '../printable.ts'

export interface HostPorts {
  readonly config: Config
  /** Of the tools, with the directory of the coordinator. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly logger: Pick<Logger, 'relay'>
  readonly signal: AbortSignal
}

/**
 * The start script takes the keys of the segment hosts as they are, too; a standby may come later. A container has another
 * address at each start, under which another host may have been known.
 */
const options = [
  'BatchMode=yes',
  'ConnectTimeout=10',
  'StrictHostKeyChecking=accept-new',
  'CheckHostIP=no',
].flatMap((option) => ['-o', option])

export interface HostRun {
  readonly timeoutMs: number
  /** The host may have the coordinator or its standby, and a promotion may have changed which. */
  readonly asStandby?: boolean
  /** The output is for the caller alone. */
  readonly isQuiet?: boolean
}

/** @param words the command and its arguments */
export async function runOnHost(
  hostname: string,
  words: readonly string[],
  { timeoutMs, asStandby = false, isQuiet = false }: HostRun,
  { config, toolEnvironment, runTool, signal, logger }: HostPorts,
): Promise<ToolResult> {
  const assignments = Object.entries(await environmentThere(config, asStandby ? 'standby' : 'segment')).map(
    ([name, value]) => `${name}=${shellWord(value)}`,
  )
  const command = ['exec env', ...assignments, 'gp-supervisor', ...words.map(shellWord)].join(' ')
  return runTool({
    command: 'ssh',
    arguments: [...options, hostname, command],
    environment: toolEnvironment,
    timeoutMs,
    signal,
    ...(isQuiet ? {} : { log: logger }),
  })
}

/** A session of ssh has none of a container's variables. Those that every host of a cluster shares are passed on. */
async function environmentThere(
  { greenplum, health }: Config,
  deployment: Deployment,
): Promise<Record<string, string>> {
  const { profile, user, dataDirectory, segmentPrefix, coordinatorDirectory } = greenplum
  const shared: Partial<Record<ImageVariable, string>> = {
    DEPLOYMENT: deployment,
    USER: user,
    DATA_DIRECTORY: dataDirectory,
    SEG_PREFIX: segmentPrefix,
  }
  return {
    [familyVariable]: profile.family,
    ...withPrefix(profile, shared),
    HEALTH_PORT: `${health.port}`,
    GPERA: await readEra(join(coordinatorDirectory, profile.logFolder)),
  }
}
