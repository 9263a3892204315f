/** The volume: what kind of start it will get, how the last run ended, what interrupted first starts left. */
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { errnoOf } from '../errors.ts'
import { findServers } from '../greenplum/data-directories.ts'
import { observeHba } from '../hba/reconcile.ts'
import { planVolume, type VolumeObservation } from '../volume/plan.ts'
import { interruptedStarts, readMarker, readPreviousStop, type PreviousStop } from '../volume/state.ts'
import type { Complaint, Opinion } from './finding.ts'
import type { Holder } from './lock-holder.ts'
import { jvmLine } from './pxf-cause.ts'
import type { Answer, Running } from './supervisor.ts'

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

export function judgeVolume(
  facts: VolumeFacts | undefined,
  running: Running,
  dataDirectory: string,
): Opinion {
  if (facts === undefined) return absent(dataDirectory)
  const complaints = [...nextStart(facts, running), ...previousStop(facts), ...lock(facts)]
  const stop = facts.previousStop === undefined ? 'not looked at' : described(facts.previousStop)
  const aside =
    facts.interrupted.length === 0 ? '' : `, ${facts.interrupted.length} interrupted first starts aside`
  return { seen: `${facts.dataDirectory}: ${facts.marker}; previous stop: ${stop}${aside}`, complaints }
}

const absent = (dataDirectory: string): Opinion => ({
  seen: 'is not there',
  complaints: [
    {
      id: 'volume.absent',
      level: 'error',
      text: `there is no ${dataDirectory}`,
      cause: 'no volume is mounted, or GREENPLUM_DATA_DIRECTORY is another',
      mend: `in the compose file: volumes: - greenplum_data:${dataDirectory}`,
    },
  ],
})

/** What the next start would do, where none is under way. */
function nextStart(facts: VolumeFacts, running: Running): Complaint[] {
  if (running !== 'nowhere') return []
  const plan = planVolume(facts)
  switch (plan.kind) {
    case 'refuse':
      return [
        {
          id: 'volume.refused',
          level: 'error',
          text: `the supervisor will not start on this volume: ${plan.reason}`,
          cause: `volume.json says ${facts.marker}; servers: ${facts.servers.join(', ') || 'none'}`,
          mend: 'as said; nothing on the volume was touched',
        },
      ]
    case 'move-aside':
      return [
        {
          id: 'volume.interrupted',
          level: 'error',
          text: 'the first start was interrupted; the cluster is half made',
          cause: 'volume.json says initializing: the database was never open, so nobody has data there',
          mend: 'make up: the next start moves it aside by itself and begins again; if it is interrupted again, see docker compose logs greenplum',
        },
      ]
    case 'later-start':
      return plan.note === ''
        ? []
        : [{ id: 'volume.note', level: 'note', text: plan.note, cause: '', mend: 'nothing has to be done' }]
    case 'first-start':
      return [
        {
          id: 'volume.empty',
          level: 'note',
          text: `${facts.dataDirectory} is empty: the next start is a first one`,
          cause: '',
          mend: 'if there should be a database, is the right volume mounted?',
        },
      ]
  }
}

function previousStop({ previousStop: previous }: VolumeFacts): Complaint[] {
  if (previous?.kind === 'unclean') return [killed(previous)]
  if (previous?.kind !== 'stopped') return []
  const { stop } = previous
  if (!stop.proven) {
    const open = stop.directories.map(({ path, state }) => `${path}: ${state}`).join('\n')
    return [
      {
        id: 'stop.unproven',
        level: 'warn',
        text: `the last stop (${stop.at}) was not proven clean; crash recovery follows`,
        cause: `${stop.reason}, exit code ${stop.exitCode}${open === '' ? '' : `\n${open}`}`,
        mend: 'see the last lines of docker compose logs greenplum; a longer stop_grace_period may help',
      },
    ]
  }
  if (stop.exitCode === 0) return []
  return [
    {
      id: 'stop.failed',
      level: 'warn',
      text: `the last run ended by itself with exit code ${stop.exitCode} (${stop.at})`,
      cause: stop.reason,
      mend: 'mend the cause, then: make up',
    },
  ]
}

function killed(previous: Extract<PreviousStop, { kind: 'unclean' }>): Complaint {
  const { startedAt, stopBeganAt, stoppedForSeconds, cleanStopSeconds } = previous
  const clean =
    cleanStopSeconds === undefined ? '' : `; a clean stop took ${Math.round(cleanStopSeconds)} s before`
  if (stopBeganAt === undefined) {
    return {
      id: 'stop.killed',
      level: 'warn',
      text: `the last run (since ${startedAt}) was killed without a stop; crash recovery follows`,
      cause: 'kill -9, out of memory, or power',
      mend: `whether memory ran out: docker inspect -f '{{.State.OOMKilled}}' $(docker compose ps -aq greenplum); then more memory, or a smaller -Xmx in ${jvmLine}`,
    }
  }
  return {
    id: 'stop.cut-off',
    level: 'warn',
    text: `the last run was killed ${stoppedForSeconds ?? 0} s into its stop; crash recovery follows`,
    cause: `the grace period of the container is too short${clean}`,
    mend: 'in the compose file: stop_grace_period: 2m; by hand: docker stop -t 120',
  }
}

function described(previous: PreviousStop): string {
  switch (previous.kind) {
    case 'none':
      return 'none'
    case 'unclean':
      return 'killed'
    case 'stopped':
      return `${previous.stop.proven ? 'clean' : 'not proven'} at ${previous.stop.at}, in ${previous.stop.seconds} s`
  }
}

function lock({ holder }: VolumeFacts): Complaint[] {
  if (holder.kind !== 'unknown') return []
  return [
    {
      id: 'volume.lock',
      level: 'note',
      text: 'it cannot be told whether another container has the volume',
      cause: holder.reason,
      mend: 'docker ps --filter volume=<name of the volume> lists them',
    },
  ]
}
