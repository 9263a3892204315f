/** What the process answers, decided here alone. Pure. The first reason to end wins. */
import { SupervisorError, exitCodes, type ExitCode } from '../errors.ts'

export type StopKind =
  | 'signal'
  | 'preparation-failed'
  | 'configuration-failed'
  | 'script-exited'
  | 'database-died'
  | 'internal-error'

/** What a reason to end answers by itself; a failed preparation answers what its error says. */
export const codeOf: Readonly<Record<Exclude<StopKind, 'preparation-failed'>, ExitCode>> = {
  signal: exitCodes.clean,
  'configuration-failed': exitCodes.configuration,
  'script-exited': exitCodes.databaseDied,
  'database-died': exitCodes.databaseDied,
  'internal-error': exitCodes.internal,
}

export const codeOfError = (error: unknown): ExitCode =>
  error instanceof SupervisorError ? error.exitCode : exitCodes.internal

/** A stop that was asked for has to be verified, or there is nobody's data yet. */
export function finalCode(
  { exitCode }: { readonly exitCode: ExitCode },
  left: { readonly proven: boolean; readonly firstStartUnfinished: boolean },
): ExitCode {
  if (exitCode !== exitCodes.clean) return exitCode
  return left.proven || left.firstStartUnfinished ? exitCodes.clean : exitCodes.stopNotProven
}
