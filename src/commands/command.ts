/** What a command gets from the process, and nothing more. */
import type { Config, Environment } from '../config/config.ts'

export interface CommandContext {
  readonly config: Config
  readonly environment: Environment
  readonly print: (text: string) => void
}

/**
 * `docker exec` is root, and the files and the database are the administrator's: as root, a link that somebody swaps
 * in would lead anywhere.
 * @returns why the process is still root, or undefined where it is not
 */
export type BecomeAdministrator = (user: string, dataDirectory: string) => Promise<string | undefined>
