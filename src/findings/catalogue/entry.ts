/** What the catalogue says of a finding. */

/**
 * `refuse`: the supervisor does not start on it. `error`: something does not work. `warning`: it will not, or may not.
 * `note`: good to know; nothing is wrong.
 */
export const severities = ['refuse', 'error', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

/** `start`: the supervisor, before and while it starts. `run`: the supervisor, later. `doctor`: the command. */
export type Finder = 'start' | 'run' | 'doctor'

export interface Entry {
  /** Those that it may have, the usual one first. */
  readonly severities: readonly [Severity, ...Severity[]]
  readonly by: readonly [Finder, ...Finder[]]
  readonly title: string
  /** What to do, without the names and numbers that the finding itself has. */
  readonly fix: string
}
