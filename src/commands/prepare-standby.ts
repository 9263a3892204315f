/**
 * `prepare-standby TERM`: what the supervisor of the coordinator runs over ssh on the host that is to have the standby,
 * before gpinitstandby copies its data there.
 */
import { judgePlace, makeRoom, observePlace } from '../cluster/standby-place.ts'
import { reasonAgainstHost } from '../cluster/suitable.ts'
import { asFile, hostRoleName } from '../config/host-role.ts'
import { exitCodes } from '../errors.ts'
import { writeState } from '../volume/state.ts'
import { usageError } from './command.ts'
import { phaseHere } from './phase-here.ts'
import { toolLine, type ToolLineContext } from './tool-line.ts'

const refused = 1

/** @returns 1 if this host is stopping, or has the data of a coordinator */
export async function prepareStandby(context: ToolLineContext, words: readonly string[]): Promise<number> {
  const { config, print } = context
  const [word = ''] = words
  const term = Number(word)
  if (words.length !== 1 || !/^\d+$/.test(word) || term < 1) throw usageError('prepare-standby needs a term')
  const refuse = (reason: string) => {
    print(toolLine(context, 'ERROR', reason))
    return refused
  }
  const { cluster, greenplum } = config
  if (greenplum.deployment === 'master' && cluster.term >= term)
    return refuse('this host has the coordinator: its standby was promoted')
  const against = reasonAgainstHost(await phaseHere(config))
  if (against !== undefined) return refuse(against)
  const verdict = judgePlace(await observePlace(greenplum))
  if (verdict.kind === 'refuse') return refuse(verdict.reason)
  const moved = await makeRoom(greenplum, verdict)
  if (moved !== undefined) print(toolLine(context, 'INFO', `what was left of a standby is in ${moved} now`))
  // Counted on here, should this host be promoted.
  if (term > 1) {
    const since = new Date().toISOString()
    await writeState(greenplum.dataDirectory, hostRoleName, asFile({ deployment: 'standby', term, since }))
  }
  return exitCodes.clean
}
