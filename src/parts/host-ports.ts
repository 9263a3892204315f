/** What a command on another host needs of this run. */
import type { HostPorts } from '../cluster/ssh.ts'
import { stopEnvironment } from '../greenplum/shutdown.ts'
import type { PartRun } from './part.ts'

type Run = Pick<PartRun, 'config' | 'loggers' | 'runTool' | 'toolEnvironment'>

export const hostPortsOf = async (
  { config, loggers, runTool, toolEnvironment }: Run,
  signal: AbortSignal,
): Promise<HostPorts> => ({
  config,
  toolEnvironment: stopEnvironment(await toolEnvironment(), config),
  runTool,
  signal,
  logger: loggers('gp-tool'),
})
