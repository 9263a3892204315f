/**
 * `history`: the last runs on the volume, a line each or as JSON. The supervisor of this container has them in memory;
 * without one they are read from the volume, which is also possible beside a run of another container.
 */
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import { ask } from '../health/client.ts'
import { historyPath, readHistory } from '../history/file.ts'
import { closed, type Run } from '../history/run.ts'
import { historyTable } from '../history/table.ts'
import { findHolder } from '../volume/lock-holder.ts'
import { readPreviousStop } from '../volume/state.ts'
import type { BecomeAdministrator, CommandContext } from './command.ts'

export interface HistoryContext extends CommandContext {
  readonly becomeAdministrator: BecomeAdministrator
}

/** @returns 1 if the history cannot be read */
export async function history(context: HistoryContext, json: boolean): Promise<number> {
  const { config, print } = context
  const { dataDirectory, user } = config.greenplum
  // The directory of the state is open to the administrator alone.
  await context.becomeAdministrator(user, dataDirectory)
  try {
    const runs = (await fromSupervisor(config)) ?? (await fromVolume(dataDirectory))
    print(json ? JSON.stringify({ runs }, null, 2) : historyTable(runs))
    return exitCodes.clean
  } catch (error) {
    print(reasonOf(error))
    return 1
  }
}

/** @returns undefined if none answers, or one that has no history */
async function fromSupervisor({
  health,
}: Pick<CommandContext['config'], 'health'>): Promise<readonly Run[] | undefined> {
  try {
    const { status, text } = await ask(health, '/history', 'application/json')
    return status === 200 ? (JSON.parse(text) as { runs: readonly Run[] }).runs : undefined
  } catch {
    return undefined
  }
}

/** A run without an end is over, unless a container holds the lock. */
async function fromVolume(dataDirectory: string): Promise<readonly Run[]> {
  const stored = await readHistory(dataDirectory)
  if (stored.kind === 'foreign')
    throw new SupervisorError(`cannot read ${historyPath(dataDirectory)}: ${stored.reason}`, {
      code: 'history',
    })
  const holder = await findHolder(dataDirectory)
  const runs =
    holder.kind === 'nobody' ? closed(stored.runs, await readPreviousStop(dataDirectory)) : stored.runs
  return runs.toReversed()
}
