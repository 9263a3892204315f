/** `describe-host [role]`: what another host of the cluster asks this one over ssh. */
import { runTool } from '../children/tool.ts'
import { describedLines, describeHost, describeRole } from '../cluster/host-description.ts'
import { exitCodes } from '../errors.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import type { CommandContext } from './command.ts'

export async function describeHere(
  { config, environment, print }: CommandContext,
  version: string,
  [word]: readonly string[],
): Promise<number> {
  if (word === 'role') {
    print(JSON.stringify(await describeRole(config)))
    return exitCodes.clean
  }
  const toolEnvironment = await readToolEnvironment(environment)
  for (const line of describedLines(await describeHost({ config, version, toolEnvironment, runTool })))
    print(line)
  return exitCodes.clean
}
