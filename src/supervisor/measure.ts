/**
 * What the parts measure when `/metrics` asks. No part can delay the answer by more than the limit: it is then left out,
 * and not asked again before it has answered, however many ask.
 */
import type { Family } from '../health/exposition.ts'
import { deadline, unlessAborted } from '../time.ts'

export type Source = (signal: AbortSignal) => Promise<readonly Family[]>

const limitMs = 1000

/** @returns a function that never rejects */
export function createMeasure(sources: readonly Source[]): () => Promise<readonly Family[]> {
  const measures = sources.map(shared)
  return async () => (await Promise.all(measures.map((measure) => measure()))).flat()
}

function shared(source: Source): () => Promise<readonly Family[]> {
  let running: Promise<readonly Family[]> | undefined
  return async () => {
    const limit = deadline(limitMs)
    running ??= source(limit.signal).finally(() => (running = undefined))
    try {
      return await unlessAborted(running, limit.signal)
    } catch {
      return []
    } finally {
      limit.clear()
    }
  }
}
