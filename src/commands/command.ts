/** All that a command gets from the process. */
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, exitCodes } from '../errors.ts'

export interface CommandContext {
  readonly config: Config
  readonly environment: Environment
  readonly print: (text: string) => void
}

export const usageError = (what: string): SupervisorError =>
  new SupervisorError(`cannot understand the command line: ${what}; see gp-supervisor --help`, {
    code: 'usage',
    exitCode: exitCodes.usage,
  })

/**
 * `docker exec` runs as root, but files and database belong to the administrator. As root, the program would follow a
 * symbolic link that a user planted to anywhere.
 * @returns why the process is still root, or undefined if it is not
 */
export type BecomeAdministrator = (user: string, dataDirectory: string) => Promise<string | undefined>
