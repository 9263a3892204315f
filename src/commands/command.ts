/** What a command gets from the process, and nothing more. */
import type { Config, Environment } from '../config/config.ts'

export interface CommandContext {
  readonly config: Config
  readonly environment: Environment
  readonly print: (text: string) => void
}
