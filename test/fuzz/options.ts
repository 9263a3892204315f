/** What js.ts and its child, loop.ts, say to each other. */

/** What each file of targets/ has. */
export interface Target {
  /** Throws, or rejects, where something does not hold. */
  readonly fuzz: (input: Uint8Array) => void | Promise<void>
}

/** In the work folder. */
export const atWorkName = 'at-work'

export interface LoopOptions {
  readonly target: string
  readonly seconds: number
  /** Inputs to begin with: folders that may be missing. */
  readonly seeds: readonly string[]
  readonly work: string
  /** Only the seeds: the smallest that reach everything are written to `corpus` of the work folder. */
  readonly minimise: boolean
}

export interface LoopReport {
  readonly runs: number
  readonly corpus: number
  readonly features: number
  readonly findings: readonly string[]
}
