/**
 * The first half of `gpstop -ar`, with which the start script ends a first start: the servers of this host are stopped,
 * each by pg_ctl in fast mode (docs/decisions/0011). Nobody else has a session yet, so there is nothing to wait for.
 * Those of other hosts run on: the restart is for `pg_hba.conf` of the coordinator, and gpstart accepts them as they are.
 */
import { observePostmaster, surveyServers } from '../greenplum/data-directories.ts'
import { stopAll, type FastStart } from './start.ts'

export type StopOutcome =
  { readonly kind: 'stopped' } | { readonly kind: 'unsuited' | 'failed'; readonly reason: string }

/** After the adoption of a prepared cluster no server runs, which gpstop would take for an error. */
export async function fastStop(stop: Omit<FastStart, 'isWanted' | 'now'>): Promise<StopOutcome> {
  const { greenplum } = stop.config
  const { directories, unreadable } = await surveyServers(greenplum)
  const [unread] = unreadable
  if (unread !== undefined) return { kind: 'unsuited', reason: `${unread.path}: ${unread.reason}` }
  const servers = await Promise.all(
    directories.map(async (directory) => ({
      directory,
      isCoordinator: directory === greenplum.coordinatorDirectory,
      state: (await observePostmaster(directory)).state,
    })),
  )
  const running = servers.filter(({ state }) => state === 'alive' || state === 'unknown')
  if (running.length === 0) return { kind: 'stopped' }
  if (!greenplum.fastStart.enabled) return { kind: 'unsuited', reason: `${greenplum.fastStart.variable}=off` }
  const failures = await stopAll(servers, stop)
  return failures.length === 0 ? { kind: 'stopped' } : { kind: 'failed', reason: failures.join('; ') }
}
