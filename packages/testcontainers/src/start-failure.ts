/** The error of a start that failed: the reason that the image gives, not only that the time is over. Pure. */
import type { LogDigest } from './log-digest.ts'

export type Failure =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly outOfMemory: boolean }
  /** A component of the image has failed for good: waiting does not help. */
  | { readonly kind: 'gave-up'; readonly probe: string }
  | { readonly kind: 'timeout'; readonly ms: number; readonly probe: string }

/** Lines of plain text at the end; with a reason of the supervisor they say nothing more. */
const lastLines = 10

export class StartError extends Error {
  override readonly name = 'StartError'
}

export function startError(image: string, failure: Failure, log: LogDigest): StartError {
  const details = [
    ...log.findings.filter((finding) => log.exit?.includes(finding) !== true),
    ...(log.exit === undefined ? log.errors.slice(-1) : []),
    ...(log.exit === undefined && failure.kind === 'ended' ? log.plain.slice(-lastLines) : []),
  ]
  return new StartError([`cannot start ${image}: ${summary(failure, log)}`, ...details].join('\n'))
}

function summary(failure: Failure, { exit }: LogDigest): string {
  switch (failure.kind) {
    case 'ended':
      return exit ?? `the container ended with exit code ${failure.exitCode}${memory(failure)}`
    case 'gave-up':
      return failure.probe
    case 'timeout':
      return [`not ready after ${failure.ms / 1000} s`, failure.probe].filter(Boolean).join('\n')
  }
}

const memory = ({ outOfMemory }: { readonly outOfMemory: boolean }): string =>
  outOfMemory ? ' (out of memory)' : ''

/** @param probe the text of the image's probe (docs/reference/http.md) */
export const hasGivenUp = (probe: string): boolean => /^\w+: failed for good since /m.test(probe)
