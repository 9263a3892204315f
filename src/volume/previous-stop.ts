/**
 * The end of the previous run in words: as a sentence, and as findings, which the supervisor reports at the start, the
 * doctor at any time. Pure.
 */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { isClean } from '../greenplum/control-data.ts'
import { seconds } from '../time.ts'
import type { LastStop, PreviousStop } from './state.ts'

/** @param jvmLine where PXF's heap size is set */
export function previousStopFindings(previous: PreviousStop, jvmLine: string, advice: Advice): Finding[] {
  switch (previous.kind) {
    case 'none':
      return []
    case 'unknown':
      return [
        finding('stop.unreadable', {
          text: 'the record of how the previous run ended cannot be read',
          cause: previous.reason,
        }),
      ]
    case 'unclean':
      return [killed(previous, jvmLine, advice)]
    case 'stopped':
      return stopped(previous.stop, advice)
  }
}

/** For `status` and the doctor, after the words `previous stop:`. */
export function previousStopSentence(previous: PreviousStop): string {
  switch (previous.kind) {
    case 'none':
      return 'none; this volume had no run before'
    case 'unknown':
      return `unknown; its record cannot be read: ${previous.reason}`
    case 'unclean': {
      const { startedAt, stopBeganAt, stoppedForSeconds = 0 } = previous
      return stopBeganAt === undefined
        ? `killed without a stop; that run began at ${startedAt}`
        : `killed ${stoppedForSeconds} s into the stop that began at ${stopBeganAt}`
    }
    case 'stopped': {
      const { stop } = previous
      const how = stop.proven
        ? 'clean and verified'
        : isOpen(stop)
          ? 'not verified'
          : 'in a first start, which begins again'
      const code = stop.exitCode === 0 ? '' : `, exit code ${stop.exitCode}`
      return `${how}, at ${stop.at}, in ${seconds(stop.seconds * 1000)}${code} (${stop.reason})${unproven(stop)}`
    }
  }
}

/** Servers may not have been shut down, and there may be data. */
export const isOpen = ({ proven, firstStartUnfinished }: LastStop): boolean =>
  !proven && firstStartUnfinished !== true

/** The directories whose servers are not known to be shut down. */
function unproven(stop: LastStop): string {
  if (!isOpen(stop)) return ''
  const { directories } = stop
  const open = directories.filter(({ state }) => !isClean(state))
  return open.length === 0
    ? '; no server was found'
    : `; not shut down: ${open.map(({ path, state }) => `${path} (${state})`).join(', ')}`
}

function stopped(stop: LastStop, advice: Advice): Finding[] {
  if (isOpen(stop)) {
    const open = stop.directories.map(({ path, state }) => `${path}: ${state}`).join('\n')
    return [
      finding('stop.unproven', {
        text: `the last stop (${stop.at}) could not be verified as clean; the servers need crash recovery`,
        cause: `${stop.reason}, exit code ${stop.exitCode}${open === '' ? '' : `\n${open}`}`,
        fix: `see the last lines of that run in ${advice.log}; a longer grace period may help: ${advice.setting.stopTime}`,
      }),
    ]
  }
  if (stop.exitCode === 0) return []
  return [
    finding('stop.failed', {
      text: `the last run failed with exit code ${stop.exitCode} (${stop.at})`,
      cause: stop.reason,
      fix: `fix the cause, then: ${advice.start}`,
    }),
  ]
}

function killed(
  previous: Extract<PreviousStop, { kind: 'unclean' }>,
  jvmLine: string,
  advice: Advice,
): Finding {
  const { startedAt, stopBeganAt, stoppedForSeconds, cleanStopSeconds } = previous
  if (stopBeganAt === undefined) {
    return finding('stop.killed', {
      text: `the last run (since ${startedAt}) was killed without a stop; the servers need crash recovery`,
      cause: 'kill -9, out of memory, or a power failure',
      fix: `check whether it ran out of memory: ${advice.killedForMemory}; if so, give it more memory, or set a smaller -Xmx in ${jvmLine}`,
    })
  }
  const clean =
    cleanStopSeconds === undefined ? '' : `; an earlier clean stop took ${Math.round(cleanStopSeconds)} s`
  return finding('stop.cut-off', {
    text: `the last run was killed ${stoppedForSeconds ?? 0} s into its stop; the servers need crash recovery`,
    cause: `the grace period of the container is too short${clean}`,
    fix: advice.setting.stopTime,
  })
}
