/**
 * The last line of the log: what the process answers, why, how what ran was left, and what to do. An exit other
 * than 0 is an error, in one sentence. Pure.
 */
import { exitCodes, type ExitCode } from '../errors.ts'
import { isClean } from '../greenplum/control-data.ts'
import type { Logger } from '../logging/logger.ts'
import type { StopReport } from '../parts/part.ts'
import type { LastStop } from '../volume/state.ts'
import type { StopReason } from './transition.ts'

/** How the stop went; the volume keeps it for the next start. */
export interface StopVerdict extends LastStop {
  readonly exitCode: ExitCode
  readonly firstStartUnfinished: boolean
  readonly steps: StopReport['steps']
}

export interface End {
  readonly exitCode: ExitCode
  readonly reason: Pick<StopReason, 'kind' | 'text'>
  /** undefined where nothing ran, or where the stop itself failed. */
  readonly verdict: StopVerdict | undefined
}

export interface LastLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

export function lastLine(end: End): LastLine {
  const { exitCode, verdict } = end
  if (exitCode !== exitCodes.clean)
    return { level: 'error', text: `exit ${exitCode}: ${sentences[exitCode](end)}` }
  if (verdict === undefined || verdict.phase === 'preparing')
    return { level: 'info', text: 'stopped before anything ran' }
  return verdict.proven
    ? { level: 'info', text: 'shut down cleanly, verified' }
    : { level: 'warn', text: 'stopped during the first start; it begins again' }
}

export function tellEnd(logger: Pick<Logger, LastLine['level']>, end: End): void {
  const { level, text } = lastLine(end)
  const { exitCode, reason, verdict } = end
  logger[level](text, { exitCode, reason: reason.text, ...(verdict === undefined ? {} : { verdict }) })
}

const sentences: Readonly<Record<Exclude<ExitCode, 0>, (end: End) => string>> = {
  [exitCodes.usage]: ({ reason }) => reason.text,
  [exitCodes.databaseDied]: (end) =>
    `${end.reason.text}; ${left(end)}; ${whereToLook(end)}, then start the container again (a restart policy does)`,
  [exitCodes.internal]: (end) =>
    `${end.reason.text}; ${left(end)}; start the container again, and report this with the log`,
  // Each of these names its own remedy.
  [exitCodes.volumeLocked]: ({ reason }) => reason.text,
  [exitCodes.configuration]: (end) =>
    `${left(end)}; fix this, then start the container again: ${end.reason.text}`,
  // Only a stop that was asked for ends with it.
  [exitCodes.stopNotProven]: (end) =>
    `stop asked for by ${end.reason.text}; ${left(end)}; ${afterUnprovenStop(end)}`,
}

/** Where no server is left, more time would not have helped, and there may be nothing to recover. */
const afterUnprovenStop = ({ verdict }: End): string =>
  verdict?.directories.length === 0
    ? 'check that the volume is mounted and whole (GREENPLUM_DATA_DIRECTORY), then start the container again'
    : 'the next start recovers what was committed; ' +
      'give the stop more time: STOP_GRACE_PERIOD, and more than that in the container runtime'

/** What the script says goes into this log; a server has its own. */
const whereToLook = ({ reason }: End): string =>
  reason.kind === 'script-exited'
    ? 'see its last lines in this log'
    : 'see the newest file in pg_log (or log) of that directory'

function left({ verdict, reason }: End): string {
  if (verdict === undefined)
    return reason.kind === 'preparation-failed' ? 'nothing ran yet' : 'how the servers were left is not known'
  if (verdict.firstStartUnfinished) return 'nobody has data yet, the first start begins again'
  if (verdict.proven) return 'everything was shut down cleanly, verified'
  const unclean = verdict.directories.filter(({ state }) => !isClean(state))
  if (unclean.length === 0) return 'no server was found where the cluster must be'
  const listed = unclean.map(({ path, state }) => `${path} (${state})`).join(', ')
  const others = unclean.length < verdict.directories.length ? ', every other server was, verified' : ''
  return `not shut down cleanly: ${listed}${others}`
}
