/**
 * `first-start begin|end ID`: what the coordinator runs over ssh on every segment host, before and after gpinitsystem. Its
 * lines are in the format of Greenplum's tools.
 */
import { runTool } from '../children/tool.ts'
import { beginOnHost, endOn, isId } from '../cluster/first-start.ts'
import { exitCodes, reasonOf } from '../errors.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { pgCtlStop } from '../greenplum/pg-ctl.ts'
import { usageError } from './command.ts'
import { toolLine, type ToolLineContext } from './tool-line.ts'

const failed = 1
const stopSeconds = 30

export async function firstStart(context: ToolLineContext, words: readonly string[]): Promise<number> {
  const { config, environment, print } = context
  const [verb, id = ''] = words
  if ((verb !== 'begin' && verb !== 'end') || !isId(id) || words.length !== 2)
    throw usageError('first-start needs begin or end, and an id')
  const { dataDirectory } = config.greenplum
  try {
    if (verb === 'end') {
      await endOn(dataDirectory, id)
      return exitCodes.clean
    }
    const toolEnvironment = await readToolEnvironment(environment)
    const moved = await beginOnHost(config.greenplum, id, (directory) =>
      pgCtlStop(directory, { mode: 'immediate', seconds: stopSeconds }, { toolEnvironment, runTool }),
    )
    if (moved !== undefined)
      print(toolLine(context, 'INFO', `what an interrupted first start left here is in ${moved} now`))
    return exitCodes.clean
  } catch (error) {
    print(toolLine(context, 'ERROR', reasonOf(error)))
    return failed
  }
}
