/** Bounded waits, and the points of a sweep. */
import { patienceMs } from './setup/base.ts'

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** @returns the first answer that is neither undefined nor false */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  ms = patienceMs,
): Promise<T> {
  let last: unknown
  for (const limit = Date.now() + ms; Date.now() < limit; await sleep(150)) {
    const answer = await look().catch((error: unknown) => void (last = error))
    if (answer !== undefined && answer !== false) return answer
  }
  throw new Error(`waited ${ms / 1000} s in vain until ${what}`, { cause: last })
}

/** How many points a sweep takes over one start; IMAGE_SWEEP_POINTS=100 and more for the whole picture. */
export const sweepPoints = Number(process.env['IMAGE_SWEEP_POINTS'] ?? 30)

/** Evenly over a timeline, the first at 0. */
export const points = (endMs: number, amount = sweepPoints): number[] =>
  Array.from({ length: amount }, (_, index) => Math.round((endMs * index) / Math.max(1, amount - 1)))

/** A sweep may run as two halves side by side, which have all of its points between them. */
export type Half = 'even' | 'odd'

export const halfOf = (all: readonly number[], half: Half): number[] =>
  all.filter((_, index) => (index % 2 === 0) === (half === 'even'))
