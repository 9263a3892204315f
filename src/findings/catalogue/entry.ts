/** The entry of a finding in the catalogue. */

/**
 * `refuse`: the supervisor refuses to start. `error`: something does not work. `warning`: something will or may fail
 * later. `note`: for information; nothing is wrong.
 */
export const severities = ['refuse', 'error', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

/** `start`: the supervisor, before and while it starts. `run`: the supervisor, later. `doctor`: the command. */
export type Finder = 'start' | 'run' | 'doctor'

export interface Entry {
  /** Possible severities, the default first. */
  readonly severities: readonly [Severity, ...Severity[]]
  readonly by: readonly [Finder, ...Finder[]]
  readonly title: string
  /** What to do in general; the finding itself adds names and numbers. */
  readonly fix: string
}
