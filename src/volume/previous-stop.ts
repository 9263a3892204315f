/** What is wrong with how the previous run ended; the supervisor says it at the start, the doctor at any time. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { LastStop, PreviousStop } from './state.ts'

/** @param jvmLine where the heap of PXF is set */
export function previousStopFindings(previous: PreviousStop, jvmLine: string, advice: Advice): Finding[] {
  switch (previous.kind) {
    case 'none':
      return []
    case 'unknown':
      return [
        finding('stop.unreadable', {
          text: 'how the previous run ended cannot be read',
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
        text: `the last stop (${stop.at}) was not verified as clean; crash recovery follows`,
        cause: `${stop.reason}, exit code ${stop.exitCode}${open === '' ? '' : `\n${open}`}`,
        fix: `see the last lines of that run in ${advice.log}; more time for the stop may help: ${advice.setting.stopTime}`,
      }),
    ]
  }
  if (stop.exitCode === 0) return []
  return [
    finding('stop.failed', {
      text: `the last run ended by itself with exit code ${stop.exitCode} (${stop.at})`,
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
      text: `the last run (since ${startedAt}) was killed without a stop; crash recovery follows`,
      cause: 'kill -9, out of memory, or power',
      fix: `whether memory ran out: ${advice.killedForMemory}; then more memory, or a smaller -Xmx in ${jvmLine}`,
    })
  }
  const clean =
    cleanStopSeconds === undefined ? '' : `; a clean stop took ${Math.round(cleanStopSeconds)} s before`
  return finding('stop.cut-off', {
    text: `the last run was killed ${stoppedForSeconds ?? 0} s into its stop; crash recovery follows`,
    cause: `the grace period of the container is too short${clean}`,
    fix: advice.setting.stopTime,
  })
}
