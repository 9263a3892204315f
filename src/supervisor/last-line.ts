/**
 * The last line of the log: the exit code, its reason, the state of the servers, and what to do. A non-zero exit is
 * logged as an error. Pure.
 */
import { exitCodes, type ExitCode } from '../errors.ts'
import { isClean } from '../greenplum/control-data.ts'
import { variableName } from '../image/profile.ts'
import type { Logger } from '../logging/logger.ts'
import type { End } from './end.ts'

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
    : { level: 'warn', text: 'stopped during the first start; the next start will start over' }
}

export function reportEnd(logger: Pick<Logger, LastLine['level']>, end: End): void {
  const { level, text } = lastLine(end)
  const { exitCode, reason, verdict } = end
  logger[level](text, { exitCode, reason: reason.text, ...(verdict === undefined ? {} : { verdict }) })
}

const sentences: Readonly<Record<Exclude<ExitCode, 0>, (end: End) => string>> = {
  [exitCodes.usage]: ({ reason }) => reason.text,
  [exitCodes.databaseDied]: (end) =>
    `${end.reason.text}; ${left(end)}; ${whereToLook(end)}, then start the container again (a restart policy does this)`,
  [exitCodes.internal]: (end) =>
    `${end.reason.text}; ${left(end)}; start the container again, and report this with the log`,
  // The reasons of these two contain their own fix.
  [exitCodes.volumeLocked]: ({ reason }) => reason.text,
  [exitCodes.configuration]: (end) =>
    `${left(end)}; fix this, then start the container again: ${end.reason.text}`,
  // Only a requested stop ends with this code.
  [exitCodes.stopNotProven]: (end) =>
    `stop requested by ${end.reason.text}; ${left(end)}; ${afterUnprovenStop(end)}`,
}

/** If no server was found, more time would not have helped, and there may be nothing to recover. */
const afterUnprovenStop = ({ verdict, profile }: End): string =>
  verdict?.directories.length === 0
    ? `check that the volume is mounted and whole${variable(profile)}, then start the container again`
    : 'the next start recovers what was committed; ' +
      'give the stop more time: STOP_GRACE_PERIOD, and more than that in the container runtime'

/** The output of the script is in this log; a server has its own. */
const whereToLook = ({ reason, profile }: End): string =>
  reason.kind === 'script-exited'
    ? 'see its last lines in this log'
    : `see the newest file in ${profile?.logFolder ?? 'the log folder'} of that directory`

const variable = (profile: End['profile']): string =>
  profile === undefined ? '' : ` (${variableName(profile, 'DATA_DIRECTORY')})`

function left({ verdict, reason }: End): string {
  if (verdict === undefined)
    return reason.kind === 'preparation-failed'
      ? 'nothing was running yet'
      : 'the state of the servers is unknown'
  if (verdict.firstStartUnfinished) return 'there is no data yet, and the next start will start over'
  if (verdict.proven) return 'everything was shut down cleanly, verified'
  const unclean = verdict.directories.filter(({ state }) => !isClean(state))
  if (unclean.length === 0) return 'no server was found where the cluster should be'
  const listed = unclean.map(({ path, state }) => `${path} (${state})`).join(', ')
  const others = unclean.length < verdict.directories.length ? '; all other servers were, verified' : ''
  return `not shut down cleanly: ${listed}${others}`
}
