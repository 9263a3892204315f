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

/** The path does not exist. After any other error (`EACCES`, `EIO`, `EMFILE`, …) it may or may not exist. */
export function isAbsent(thrown: unknown): boolean {
  const errno = errnoOf(thrown)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

/**
 * The process does not exist in /proc, or it ended while it was read. After any other error it may or may not exist.
 */
export function isGone(thrown: unknown): boolean {
  const errno = errnoOf(thrown)
  return errno === 'ENOENT' || errno === 'ESRCH'
}

/** The result, or undefined if the path does not exist. @throws if this cannot be determined */
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
