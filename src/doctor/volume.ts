/** The volume: what kind of start it will get, how the last run ended, what interrupted first starts left. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'
import { jvmLine } from '../pxf/cause.ts'
import type { Holder } from '../volume/lock-holder.ts'
import type { VolumeFacts } from '../volume/observe.ts'
import { previousStopFindings } from '../volume/previous-stop.ts'
import { planVolume } from '../volume/start-plan.ts'
import { readPreviousStop, type PreviousStop } from '../volume/state.ts'
import type { Answer, Around, Running } from './supervisor.ts'

/** The volume, and who has used it. */
export interface VolumeSeen extends VolumeFacts {
  /** undefined while another container runs: its run is not over. */
  readonly previousStop: PreviousStop | undefined
  readonly holder: Holder
}

/** Of a run that is going on, the supervisor remembers how the one before it ended. */
export async function previousStopOf(
  dataDirectory: string,
  answer: Answer,
  running: Running,
): Promise<PreviousStop | undefined> {
  if (answer.kind === 'snapshot') return answer.snapshot.previousStop as PreviousStop
  return running === 'nowhere' ? readPreviousStop(dataDirectory) : undefined
}

export function judgeVolume(facts: VolumeSeen, around: Around): Opinion {
  const { advice } = around
  const { exists, dataDirectory, previousStop, interrupted, marker } = facts
  if (!exists) return absent(facts, advice)
  const stop = previousStop === undefined ? 'not looked at' : described(previousStop)
  const aside = interrupted.length === 0 ? '' : `, ${interrupted.length} interrupted first starts aside`
  return {
    seen: `${dataDirectory}: ${marker}; previous stop: ${stop}${aside}`,
    findings: [
      ...nextStart(facts, around),
      ...(previousStop === undefined ? [] : previousStopFindings(previousStop, jvmLine, advice)),
      ...lock(facts, advice),
    ],
  }
}

const absent = ({ dataDirectory, profile }: VolumeSeen, { setting }: Advice): Opinion => ({
  seen: 'is not there',
  findings: [
    finding('volume.absent', {
      text: `there is no ${dataDirectory}`,
      cause: `no volume is mounted, or ${variableName(profile, 'DATA_DIRECTORY')} is another`,
      fix: setting.volume(dataDirectory),
      where: dataDirectory,
    }),
  ],
})

/** What the next start would do, where none is under way. */
function nextStart(facts: VolumeSeen, { running, advice }: Around): Finding[] {
  const where = facts.dataDirectory
  const plan = planVolume(facts)
  if (running !== 'nowhere')
    // It runs all the same, and what the doctor does not see it cannot judge.
    return plan.kind === 'refuse' && facts.unreadable.length > 0
      ? [{ ...plan.finding, severity: 'warning' }]
      : []
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
    case 'unknown':
      return 'cannot be read'
    case 'unclean':
      return 'killed'
    case 'stopped':
      return `${previous.stop.proven ? 'clean' : 'not verified'} at ${previous.stop.at}, in ${previous.stop.seconds} s`
  }
}

function lock({ holder, dataDirectory }: VolumeSeen, { volumeUsers }: Advice): Finding[] {
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
