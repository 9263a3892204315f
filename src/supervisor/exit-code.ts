/** The only place that decides the exit code. The first reason to end wins. Pure. */
import { SupervisorError, exitCodes, type ExitCode } from '../errors.ts'

export type StopKind =
  | 'signal'
  | 'preparation-failed'
  | 'configuration-failed'
  | 'script-exited'
  | 'database-died'
  | 'internal-error'

/** The exit code of each reason to end. A failed preparation uses that of its error. */
export const codeOf: Readonly<Record<Exclude<StopKind, 'preparation-failed'>, ExitCode>> = {
  signal: exitCodes.clean,
  'configuration-failed': exitCodes.configuration,
  'script-exited': exitCodes.databaseDied,
  'database-died': exitCodes.databaseDied,
  'internal-error': exitCodes.internal,
}

export const codeOfError = (error: unknown): ExitCode =>
  error instanceof SupervisorError ? error.exitCode : exitCodes.internal

/** A requested stop is clean if it was verified, or if there is no data yet. */
export function finalCode(
  { exitCode }: { readonly exitCode: ExitCode },
  left: { readonly proven: boolean; readonly firstStartUnfinished: boolean },
): ExitCode {
  if (exitCode !== exitCodes.clean) return exitCode
  return left.proven || left.firstStartUnfinished ? exitCodes.clean : exitCodes.stopNotProven
}
