/** An error whose reason is a finding: the catcher gets the finding itself, not just its text. */
import { SupervisorError, type ExitCode } from '../errors.ts'
import type { Finding } from './finding.ts'

export class FindingError extends SupervisorError {
  readonly finding: Finding

  constructor(
    message: string,
    finding: Finding,
    options: { readonly code: string; readonly exitCode?: ExitCode; readonly cause?: unknown },
  ) {
    super(message, options)
    this.finding = finding
  }
}

export const findingIn = (thrown: unknown): Finding | undefined =>
  thrown instanceof FindingError ? thrown.finding : undefined
