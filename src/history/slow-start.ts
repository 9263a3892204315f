/**
 * Whether a start was slow against the median of its own past, and where it lost the time. Only starts of the same kind
 * and by the same versions are compared, so the first ones after a change of the image are slow against nothing. Pure.
 */
import { finding, type Finding } from '../findings/finding.ts'
import { seconds } from '../time.ts'
import type { Run } from './run.ts'

/** The median of fewer says little. */
const fewestRuns = 5
/**
 * On an idle machine the same start takes up to 1.3 times its median (docs/explanation/measured.md). One of three seconds
 * may take twice that on a busy machine, which is nothing to report.
 */
const slowRatio = 1.5
const slowByMs = 5000

/** The earlier runs with which a start can be compared. */
export function comparableRuns(run: Run, earlier: readonly Run[]): readonly Run[] {
  const likeness = likenessOf(run)
  return earlier.filter((other) => other.readyMs !== undefined && likenessOf(other) === likeness)
}

const likenessOf = ({ start, image, versions }: Run): string =>
  JSON.stringify([start, image, Object.entries(versions).toSorted(([a], [b]) => (a < b ? -1 : 1))])

export function slowStart(run: Run, earlier: readonly Run[]): Finding | undefined {
  const { readyMs } = run
  const others = comparableRuns(run, earlier)
  if (readyMs === undefined || others.length < fewestRuns) return undefined
  const usualMs = median(others.flatMap((other) => other.readyMs ?? []))
  if (readyMs <= usualMs * slowRatio || readyMs - usualMs <= slowByMs) return undefined
  const stage = slowestStage(run, others)
  return finding('start.slow', {
    text: `this start took ${seconds(readyMs)}; the median of ${others.length} earlier ones of its kind is ${seconds(usualMs)}`,
    cause: `most of the time was lost before "${stage.event}": it came after ${seconds(stage.ms)}, usually after ${seconds(stage.usualMs)}`,
  })
}

/** An event of the timeline, and when it usually comes, both in milliseconds since the start of the program. */
interface Stage {
  readonly event: string
  readonly ms: number
  readonly usualMs: number
}

/**
 * The one that was delayed most, beyond the delay of what came before it: parts start side by side, and whatever waits
 * for a late one is late as well.
 */
function slowestStage({ stages }: Run, others: readonly Run[]): Stage {
  let slowest: Stage = { event: 'ready', ms: 0, usualMs: 0 }
  let mostMs = -Infinity
  let delayMs = 0
  for (const stage of comparableStages(stages, others)) {
    const lateMs = stage.ms - stage.usualMs
    if (lateMs - delayMs > mostMs) {
      mostMs = lateMs - delayMs
      slowest = stage
    }
    delayMs = Math.max(delayMs, lateMs)
  }
  return slowest
}

/** The first occurrence of each event that half of the other runs had. */
function comparableStages(stages: Run['stages'], others: readonly Run[]): readonly Stage[] {
  const seen = new Set<string>()
  return stages.flatMap(({ event, ms }) => {
    if (seen.has(event)) return []
    seen.add(event)
    const times = others.flatMap((other) => other.stages.find((one) => one.event === event)?.ms ?? [])
    return times.length * 2 < others.length ? [] : { event, ms, usualMs: median(times) }
  })
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
