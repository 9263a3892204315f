/**
 * Which code of `src`, and of the parsers that it rests on, an input reaches, after V8's own counters: each block, with the magnitude of how often it ran.
 * (Jazzer.js, which has libFuzzer, needs glibc 2.38, newer than that of Debian 12 and of the base image.)
 */
import { Session } from 'node:inspector/promises'

const counted = /\/(src|node_modules\/(saxes|zod))\//

export interface Coverage {
  /** The blocks that ran since the last time, with how often. */
  readonly take: () => Promise<ReadonlyMap<string, number>>
}

/** Begin before the code is loaded, or blocks of what was compiled already are not counted. */
export async function startCoverage(): Promise<Coverage> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return {
    take: async () => {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      const scripts = result.filter(({ url }) => counted.test(url))
      const blocks = scripts.flatMap(({ scriptId, functions }) =>
        functions.flatMap(({ ranges }) =>
          ranges.map(
            ({ startOffset, endOffset, count }) =>
              [`${scriptId}:${startOffset}-${endOffset}`, count] as const,
          ),
        ),
      )
      return new Map(blocks.filter(([, count]) => count > 0))
    },
  }
}

/** A block that ran three times is another feature than one that ran a hundred times. */
export const featuresOf = (blocks: ReadonlyMap<string, number>): string[] =>
  [...blocks].map(([block, count]) => `${block}:${Math.floor(Math.log2(count))}`)
