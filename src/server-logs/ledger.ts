/**
 * How far each log has certainly left this program: a record that waits for the reader of the log when the program is
 * killed must be relayed again by the next one.
 */
import type { LogSink } from '../logging/sink.ts'
import { readPositions, writePositions, type Position, type Positions } from './positions.ts'

export interface Ledger {
  readonly load: () => Promise<void>
  /** Where an earlier run left off. */
  readonly positionOf: (key: string) => Position | undefined
  /** Everything before the position was written to the sink. */
  readonly note: (key: string, position: Position) => void
  /** The records of these logs alone are relayed by now: others would begin with everything that was logged meanwhile. */
  readonly keep: (isKept: (key: string) => boolean) => void
  /** @throws if the file cannot be written */
  readonly save: () => Promise<void>
}

interface Note {
  /** How much the sink had been given by then. */
  readonly written: number
  readonly position: Position
}

export function createLedger(dataDirectory: string, sink: Pick<LogSink, 'progress'>): Ledger {
  const notes = new Map<string, Note[]>()
  let saved: Positions = {}
  let isChanged = false

  return {
    load: async () => {
      saved = (await readPositions(dataDirectory)) ?? {}
    },
    positionOf: (key) => saved[key],
    note: (key, position) => {
      const { written } = sink.progress()
      const ofLog = notes.get(key) ?? []
      notes.set(key, ofLog)
      if (ofLog.at(-1)?.written === written) ofLog.pop()
      ofLog.push({ written, position })
    },
    keep: (isKept) => {
      const kept = Object.entries(saved).filter(([key]) => isKept(key))
      isChanged = kept.length < Object.keys(saved).length
      saved = Object.fromEntries(kept)
    },
    save: async () => {
      const { gone } = sink.progress()
      const now: Record<string, Position> = { ...saved }
      for (const [key, ofLog] of notes) {
        while ((ofLog[1]?.written ?? Infinity) <= gone) ofLog.shift()
        const [first] = ofLog
        if (first !== undefined && first.written <= gone) now[key] = first.position
      }
      if (!isChanged && JSON.stringify(now) === JSON.stringify(saved)) return
      await writePositions(dataDirectory, now)
      isChanged = false
      saved = now
    },
  }
}
