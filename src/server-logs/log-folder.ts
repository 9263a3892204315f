/** The log files of a folder that are still to be read, in the order of their names, which is that of time. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../errors.ts'
import { openLogFile, type LogFile } from './log-file.ts'

export interface LogFolder {
  /** Looks for names that are new. */
  readonly look: () => Promise<void>
  readonly waiting: () => readonly string[]
  /** The rest of them is not to be read. */
  readonly keep: (names: readonly string[]) => void
  /** Opens the next one. */
  readonly openNext: () => Promise<LogFile | undefined>
  /**
   * Whether the server, which closes a file before it writes to the next one, has gone on from this one. So it has if
   * another file has its name by now.
   */
  readonly hasGoneOnFrom: (file: LogFile) => Promise<boolean>
  /** In bytes; 0 for a file that is gone. */
  readonly sizeOf: (name: string) => Promise<number>
}

/** A server may open a file and write to it later; the one before it is not waited for longer than this. */
const nextFileMs = 1000
/** The time stamp of a folder may be this coarse. */
const stampMs = 1000

export function createLogFolder(directory: string, isLog: (name: string) => boolean): LogFolder {
  const seen = new Set<string>()
  let queue: { readonly name: string; readonly seenAt: number }[] = []
  let stamp = -1
  let lookedAt = -Infinity

  const statsOf = (name: string) => unlessAbsent(stat(join(directory, name), { bigint: true }))

  async function look(): Promise<void> {
    const folder = await unlessAbsent(stat(directory))
    const now = Date.now()
    if (folder === undefined || (folder.mtimeMs === stamp && lookedAt - stamp > stampMs)) return
    const names = (await unlessAbsent(readdir(directory))) ?? []
    stamp = folder.mtimeMs
    lookedAt = now
    for (const name of names.filter(isLog).toSorted()) {
      if (seen.has(name)) continue
      seen.add(name)
      queue.push({ name, seenAt: performance.now() })
    }
  }

  return {
    look,
    waiting: () => queue.map(({ name }) => name),
    keep: (names) => (queue = queue.filter(({ name }) => names.includes(name))),
    openNext: async () => {
      for (;;) {
        const [next] = queue
        if (next === undefined) return undefined
        // It stays the next one if this fails.
        const file = await openLogFile(directory, next.name)
        queue.shift()
        if (file !== undefined) return file
        // It may come again.
        seen.delete(next.name)
      }
    },
    hasGoneOnFrom: async (file) => {
      await look()
      const named = await statsOf(file.name)
      if (named !== undefined && !file.isAt(named)) {
        queue.unshift({ name: file.name, seenAt: -Infinity })
        return true
      }
      const [next] = queue
      if (next === undefined) return false
      if (queue.length > 1 || performance.now() - next.seenAt > nextFileMs) return true
      return (await statsOf(next.name))?.size !== 0n
    },
    sizeOf: async (name) => Number((await statsOf(name))?.size ?? 0),
  }
}
