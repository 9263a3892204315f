/**
 * Findings about the end of the previous run, which the supervisor reports at the start, the doctor at any time. Pure.
 */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
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

function stopped(stop: LastStop, advice: Advice): Finding[] {
  if (!stop.proven) {
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
