/** What the images are built over: the stand-in, or, with IMAGE_TESTS_BASE, a real base image of the family. */
import type { TestContext } from 'vitest'

const named = process.env['IMAGE_TESTS_BASE'] ?? ''

/** The real base image that the tests run over; undefined over the stand-in. */
export const realBase: string | undefined = named === '' ? undefined : named

/** For one start or one stop; a real Greenplum takes its own time, and two may start at once. */
export const patienceMs = realBase === undefined ? 120_000 : 600_000

/** Leaves a scenario out over a real base image; the table of the run shows the reason. */
export function needsStandIn({ skip }: TestContext, reason: string): void {
  skip(realBase !== undefined, `only over the stand-in: ${reason}`)
}

/** The same the other way round. */
export function needsRealBase({ skip }: TestContext, reason: string): void {
  skip(realBase === undefined, `only over a real base image: ${reason}`)
}
