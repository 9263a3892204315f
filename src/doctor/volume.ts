/** The volume: what kind of start it will get, how the last run ended, what interrupted first starts left. */
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { errnoOf } from '../errors.ts'
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { findServers } from '../greenplum/data-directories.ts'
import { observeHba } from '../hba/reconcile.ts'
import { jvmLine } from '../pxf/cause.ts'
import { planVolume, type VolumeObservation } from '../volume/plan.ts'
import { previousStopFindings } from '../volume/previous-stop.ts'
import { interruptedStarts, readMarker, readPreviousStop, type PreviousStop } from '../volume/state.ts'
import type { Holder } from './lock-holder.ts'
import type { Answer, Around, Running } from './supervisor.ts'

export interface VolumeFacts extends VolumeObservation {
  /** undefined while another container runs: its run is not over. */
  readonly previousStop: PreviousStop | undefined
  readonly interrupted: readonly string[]
  readonly holder: Holder
}

/** undefined where there is no data directory at all. */
export async function observeVolume(
  { greenplum }: Config,
  {
    answer,
    holder,
    running,
  }: { readonly answer: Answer; readonly holder: Holder; readonly running: Running },
): Promise<VolumeFacts | undefined> {
  const { dataDirectory, coordinatorDirectory } = greenplum
  if (!(await isThere(dataDirectory))) return undefined
  return {
    marker: await readMarker(dataDirectory),
    dataDirectory,
    coordinatorDirectory,
    servers: await findServers(dataDirectory),
    ...(await observeHba(coordinatorDirectory)),
    previousStop:
      answer.kind === 'snapshot'
        ? (answer.snapshot.previousStop as PreviousStop)
        : running === 'nowhere'
          ? await readPreviousStop(dataDirectory)
          : undefined,
    interrupted: await interruptedStarts(dataDirectory),
    holder,
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

export function judgeVolume(facts: VolumeFacts | undefined, around: Around, dataDirectory: string): Opinion {
  const { advice } = around
  if (facts === undefined) return absent(dataDirectory, advice)
  const { previousStop, interrupted, marker } = facts
  const stop = previousStop === undefined ? 'not looked at' : described(previousStop)
  const aside = interrupted.length === 0 ? '' : `, ${interrupted.length} interrupted first starts aside`
  return {
    seen: `${facts.dataDirectory}: ${marker}; previous stop: ${stop}${aside}`,
    findings: [
      ...nextStart(facts, around),
      ...(previousStop === undefined ? [] : previousStopFindings(previousStop, jvmLine, advice)),
      ...lock(facts, advice),
    ],
  }
}

const absent = (dataDirectory: string, { setting }: Advice): Opinion => ({
  seen: 'is not there',
  findings: [
    finding('volume.absent', {
      text: `there is no ${dataDirectory}`,
      cause: 'no volume is mounted, or GREENPLUM_DATA_DIRECTORY is another',
      fix: setting.volume(dataDirectory),
      where: dataDirectory,
    }),
  ],
})

/** What the next start would do, where none is under way. */
function nextStart(facts: VolumeFacts, { running, advice }: Around): Finding[] {
  if (running !== 'nowhere') return []
  const plan = planVolume(facts)
  const where = facts.dataDirectory
  switch (plan.kind) {
    case 'refuse':
      return [plan.finding]
    case 'move-aside':
      return [
        finding('volume.interrupted', {
          text: 'the first start was interrupted; the cluster is half made',
          cause: 'volume.json says initializing: the database was never open, so nobody has data there',
          fix: `${advice.start}: the next start moves it aside by itself and begins again; if it is interrupted again, see ${advice.log}`,
          where,
        }),
      ]
    case 'later-start':
      return [...plan.notes]
    case 'first-start':
      return [
        finding('volume.empty', {
          text: `${where} is empty: the next start is a first one`,
          fix: 'if there should be a database, is the right volume mounted?',
          where,
        }),
      ]
  }
}

function described(previous: PreviousStop): string {
  switch (previous.kind) {
    case 'none':
      return 'none'
    case 'unclean':
      return 'killed'
    case 'stopped':
      return `${previous.stop.proven ? 'clean' : 'not verified'} at ${previous.stop.at}, in ${previous.stop.seconds} s`
  }
}

function lock({ holder, dataDirectory }: VolumeFacts, { volumeUsers }: Advice): Finding[] {
  if (holder.kind !== 'unknown') return []
  return [
    finding('volume.lock', {
      text: 'it cannot be told whether another container holds the lock of the volume',
      cause: holder.reason,
      fix: volumeUsers,
      where: dataDirectory,
    }),
  ]
}
