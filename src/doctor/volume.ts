/** The volume: the kind of its next start, how the last run ended, and what interrupted first starts left behind. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'
import { jvmLine } from '../pxf/cause.ts'
import type { Holder } from '../volume/lock-holder.ts'
import type { VolumeFacts } from '../volume/observe.ts'
import { previousStopFindings, previousStopSentence } from '../volume/previous-stop.ts'
import { planVolume } from '../volume/start-plan.ts'
import { readPreviousStop, type PreviousStop } from '../volume/state.ts'
import type { Answer, Around, Running } from './supervisor.ts'

/** The facts about the volume and its use. */
export interface VolumeSeen extends VolumeFacts {
  /** undefined while another container is running, because its run is not over. */
  readonly previousStop: PreviousStop | undefined
  readonly holder: Holder
}

/** During a run, the supervisor knows how the previous run ended. */
export async function previousStopOf(
  dataDirectory: string,
  answer: Answer,
  running: Running,
): Promise<PreviousStop | undefined> {
  if (answer.kind === 'snapshot') return answer.snapshot.previousStop
  return running === 'nowhere' ? readPreviousStop(dataDirectory) : undefined
}

export function judgeVolume(facts: VolumeSeen, around: Around): Opinion {
  const { advice } = around
  const { exists, dataDirectory, previousStop, interrupted, marker } = facts
  if (!exists) return absent(facts, advice)
  const stop = previousStop === undefined ? 'not inspected' : previousStopSentence(previousStop)
  const aside = interrupted.length === 0 ? '' : `, ${interrupted.length} interrupted first starts moved aside`
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
  seen: 'does not exist',
  findings: [
    finding('volume.absent', {
      text: `${dataDirectory} does not exist`,
      cause: `no volume is mounted, or ${variableName(profile, 'DATA_DIRECTORY')} names another directory`,
      fix: setting.volume(dataDirectory),
      where: dataDirectory,
    }),
  ],
})

/** What the next start would do, if no run is in progress. */
function nextStart(facts: VolumeSeen, { running, advice }: Around): Finding[] {
  const where = facts.dataDirectory
  const plan = planVolume(facts)
  if (running !== 'nowhere')
    // The supervisor is running nevertheless, so what the doctor cannot read is only a warning.
    return plan.kind === 'refuse' && facts.unreadable.length > 0
      ? [{ ...plan.finding, severity: 'warning' }]
      : []
  switch (plan.kind) {
    case 'refuse':
      return [plan.finding]
    case 'move-aside':
      return [
        finding('volume.interrupted', {
          text: 'the first start was interrupted, and the cluster is incomplete',
          cause: 'according to volume.json the database never opened, so it contains no data',
          fix: `${advice.start}: the next start moves it aside and starts over; if it is interrupted again, see ${advice.log}`,
          where,
        }),
      ]
    case 'later-start':
      return [...plan.notes]
    case 'first-start':
      return [
        finding('volume.empty', {
          text: `${where} is empty, so the next start is a first start`,
          fix: 'if you expect a database, check that the right volume is mounted',
          where,
        }),
      ]
  }
}

function lock({ holder, dataDirectory }: VolumeSeen, { volumeUsers }: Advice): Finding[] {
  if (holder.kind !== 'unknown') return []
  return [
    finding('volume.lock', {
      text: 'cannot tell whether another container holds the lock on the volume',
      cause: holder.reason,
      fix: volumeUsers,
      where: dataDirectory,
    }),
  ]
}
