/**
 * What only a first start does, and what it records on the volume: since when there may be data, so that nothing may be
 * moved aside; the password, if the start script did not get it; and that it has finished. A later start may have to
 * complete an interrupted first start.
 */
import type { Config } from '../../config/config.ts'
import { definedOnly } from '../../greenplum/environment.ts'
import { setPassword, standInPassword } from '../../greenplum/password.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isWholeCluster, type Stage } from '../../greenplum/stages.ts'
import { observeVolume } from '../../volume/observe.ts'
import { isWhole } from '../../volume/start-plan.ts'
import { writeMarker } from '../../volume/state.ts'
import { syncIfAdopted } from '../../prepared/durable.ts'
import type { PartRun } from '../part.ts'
import type { VolumeStart } from './volume.ts'

export interface FirstStart {
  /** What the start script gets instead of the password. A later start sets no password. */
  readonly scriptPassword: (hasInitScripts: boolean) => Readonly<Record<string, string | undefined>>
  /** Also called while stopping: a running gpstop still opens the final server, and clients may connect to it. */
  readonly stageReached: (stage: Stage) => void
  /** May be called repeatedly. @throws if the marker cannot be written, or if there is no server */
  readonly rememberServing: () => Promise<void>
  /** Called before the database is reported as ready. */
  readonly finish: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Whether there cannot be any data yet, so that the next start may move everything aside. */
  readonly isUnfinished: () => Promise<boolean>
}

export function createFirstStart(
  config: Config['greenplum'],
  { firstStart, passwordPending, scriptsUnfinished }: VolumeStart,
  { environment, runTool }: Pick<PartRun, 'environment' | 'runTool'>,
): FirstStart {
  const { coordinatorDirectory, dataDirectory, password, profile } = config
  /** The real password, while the database has or may have a random one. */
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
    // The script takes any pg_hba.conf as a sign of a cluster; without a server there is nothing to keep.
    if (!(await observeVolume(config)).directories.includes(coordinatorDirectory))
      throw new Error(`there is no server in ${coordinatorDirectory}`)
    await mark('serving')
    mayHaveData = true
  }

  return {
    scriptPassword: (hasInitScripts) => {
      const replaced = firstStart ? standInPassword(password, { hasInitScripts, profile }) : undefined
      if (replaced !== undefined) pendingPassword = password
      return replaced ?? {}
    },
    stageReached: (stage) => {
      // The watch of the database retries this and reports failures.
      if (firstStart && isWholeCluster(stage)) rememberServing().catch(() => {})
    },
    rememberServing,
    finish: async (target, signal) => {
      if (pendingPassword !== undefined) await setPassword(target, pendingPassword, signal)
      pendingPassword = undefined
      if (firstStart || passwordPending) await syncIfAdopted(dataDirectory, definedOnly(environment), runTool)
      await mark(scriptsUnfinished ? 'scripts-unfinished' : 'initialized')
    },
    isUnfinished: async () => {
      await remembering?.catch(() => {})
      // The marker may not have been written; the next start inspects the volume as well.
      return firstStart && !mayHaveData && !isWhole(await observeVolume(config))
    },
  }
}
