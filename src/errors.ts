/**
 * The one error class of the program. Texts read "cannot <verb> <object>: <reason>", and where the reader
 * can fix it, how.
 */

/** The exit codes of the process; see docs/reference/exit-codes.md. */
export const exitCodes = {
  clean: 0,
  usage: 64,
  databaseDied: 69,
  internal: 70,
  volumeLocked: 73,
  stopNotProven: 75,
  configuration: 78,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export class SupervisorError extends Error {
  override readonly name = 'SupervisorError'
  readonly code: string
  readonly exitCode: ExitCode

  /** @param code a stable identifier for programs, such as `config` or `volume-locked` */
  constructor(
    message: string,
    options: { readonly code: string; readonly exitCode?: ExitCode; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.exitCode = options.exitCode ?? exitCodes.internal
  }
}

/** The message of anything thrown, without its stack. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The `code` of a system error (`ENOENT`, `EACCES`, …), if it has one. */
export function errnoOf(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** There is no such path. Every other error (`EACCES`, `EIO`, `EMFILE`, …) leaves it open whether there is one. */
export function isAbsent(thrown: unknown): boolean {
  const errno = errnoOf(thrown)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

/** There is no such process: nothing in /proc, or it went while it was read. Every other error leaves it open. */
export function isGone(thrown: unknown): boolean {
  const errno = errnoOf(thrown)
  return errno === 'ENOENT' || errno === 'ESRCH'
}

/** What is there, or undefined where there is nothing. @throws where it cannot be told */
export const unlessAbsent = <T>(look: Promise<T>): Promise<T | undefined> => undefinedIf(isAbsent, look)
export const unlessGone = <T>(look: Promise<T>): Promise<T | undefined> => undefinedIf(isGone, look)

async function undefinedIf<T>(
  isNothing: (error: unknown) => boolean,
  look: Promise<T>,
): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (isNothing(error)) return undefined
    throw error
  }
}
