/** What was measured, as medians with their spread (pure). */

/** Of one side: the values of each measure, one a round. */
export type Samples = Readonly<Record<string, readonly number[]>>

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
}

export function summaryOf(values: readonly number[]): Summary | undefined {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (low === undefined || high === undefined || min === undefined || max === undefined) return undefined
  return { median: (low + high) / 2, min, max, rounds: values.length }
}

export interface Side {
  readonly name: string
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly samples: Samples
}

/** What a run writes with --json, and what table and picture are made of. */
export interface Result {
  readonly base: string
  readonly volume: string
  readonly rounds: number
  readonly date: string
  readonly machine: string
  /** The plain image first: the ratios are to it. */
  readonly sides: readonly Side[]
}

export const measured = (side: Side | undefined, measure: string): Summary | undefined =>
  summaryOf(side?.samples[measure] ?? [])

/** To the plain image; undefined where one of the two has no value. */
export function ratioOf(plain: Side | undefined, side: Side, measure: string): number | undefined {
  const [base, own] = [measured(plain, measure), measured(side, measure)]
  return base === undefined || own === undefined || base.median === 0 ? undefined : own.median / base.median
}
