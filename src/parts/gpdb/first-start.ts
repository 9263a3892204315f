/**
 * What only a first start does, and what the volume says of it: from when on there may be data, so that nothing is
 * moved aside any more, the password that the start script did not get, and the end. Also a later start may have to
 * finish what an earlier first start was cut off from.
 */
import type { Config } from '../../config/config.ts'
import { setPassword, standInPassword } from '../../greenplum/password.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isWholeCluster, type Stage } from '../../greenplum/stages.ts'
import { observeVolume } from '../../volume/observe.ts'
import { isWhole } from '../../volume/start-plan.ts'
import { writeMarker } from '../../volume/state.ts'
import type { VolumeStart } from './volume.ts'

export interface FirstStart {
  /** What the start script gets in the place of the password; on a later start it sets none. */
  readonly scriptPassword: (hasInitScripts: boolean) => Readonly<Record<string, string | undefined>>
  /** Also while stopping: gpstop at work goes on to open the final server, and clients come in before its end. */
  readonly stageReached: (stage: Stage) => void
  /** Safe to call again. @throws where the mark cannot be written, or there is no server that it could stand for */
  readonly rememberServing: () => Promise<void>
  /** Done before anybody is told that the database is ready. */
  readonly finish: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Nobody can have data yet: the next start moves aside what there is. */
  readonly isUnfinished: () => Promise<boolean>
}

export function createFirstStart(
  config: Config['greenplum'],
  { firstStart, passwordPending, scriptsUnfinished }: VolumeStart,
): FirstStart {
  const { coordinatorDirectory, dataDirectory, password } = config
  /** The real password while the database has, or may have, only a random one. */
  let pendingPassword = passwordPending ? password : undefined
  let remembering: Promise<void> | undefined
  let mayHaveData = false

  const mark = (marker: Parameters<typeof writeMarker>[1]) =>
    writeMarker(dataDirectory, marker, new Date().toISOString())

  function rememberServing(): Promise<void> {
    remembering ??= markServing().catch((error: unknown) => {
      remembering = undefined
      throw error
    })
    return remembering
  }

  async function markServing(): Promise<void> {
    // The script takes any pg_hba.conf for a cluster; without a server there is nothing to keep.
    if (!(await observeVolume(config)).directories.includes(coordinatorDirectory))
      throw new Error(`there is no server in ${coordinatorDirectory}`)
    await mark('serving')
    mayHaveData = true
  }

  return {
    scriptPassword: (hasInitScripts) => {
      const replaced = firstStart ? standInPassword(password, hasInitScripts) : undefined
      if (replaced !== undefined) pendingPassword = password
      return replaced ?? {}
    },
    stageReached: (stage) => {
      // The watch of the database tries again, and reports.
      if (firstStart && isWholeCluster(stage)) rememberServing().catch(() => {})
    },
    rememberServing,
    finish: async (target, signal) => {
      if (pendingPassword !== undefined) await setPassword(target, pendingPassword, signal)
      pendingPassword = undefined
      await mark(scriptsUnfinished ? 'scripts-unfinished' : 'initialized')
    },
    isUnfinished: async () => {
      await remembering?.catch(() => {})
      // The mark may not have been written; the next start will look at the volume itself as well.
      return firstStart && !mayHaveData && !isWhole(await observeVolume(config))
    },
  }
}
