/**
 * Waits for news in folders. A watch ends with its first event: while a server writes without pause, its folder is looked
 * at from time to time instead, so that a flood of records is not a flood of events as well. What a watch misses (a file
 * system without events, no inotify watches left) is found by looking.
 */
import { watch, type FSWatcher } from 'node:fs'
import { isAbsent } from '../errors.ts'
import { sleep } from '../time.ts'

export interface Wake {
  /** Watches these folders for their next change. @returns whether a watch is new, so the folder has to be looked at again */
  readonly arm: (directories: readonly string[]) => boolean
  /** Waits for a change, a call of `now`, or `ms` milliseconds. */
  readonly next: (ms: number) => Promise<void>
  readonly now: () => void
  readonly close: () => void
}

export function createWake(onError: (error: unknown) => void): Wake {
  const watchers = new Map<string, FSWatcher>()
  let ring = new AbortController()
  const now = () => ring.abort()
  const drop = (directory: string) => {
    watchers.get(directory)?.close()
    watchers.delete(directory)
  }
  const add = (directory: string): boolean => {
    try {
      const watcher = watch(directory, { persistent: false })
      watcher.on('change', () => {
        drop(directory)
        now()
      })
      watcher.on('error', (error) => {
        drop(directory)
        onError(error)
      })
      watchers.set(directory, watcher)
      return true
    } catch (error) {
      // A folder that is not there yet is looked for anyway.
      if (!isAbsent(error)) onError(error)
      return false
    }
  }
  return {
    arm: (directories) => {
      for (const directory of watchers.keys()) if (!directories.includes(directory)) drop(directory)
      let isNew = false
      for (const directory of directories) isNew = (!watchers.has(directory) && add(directory)) || isNew
      return isNew
    },
    next: async (ms) => {
      await sleep(ms, ring.signal)
      ring = new AbortController()
    },
    now,
    close: () => {
      for (const directory of watchers.keys()) drop(directory)
    },
  }
}
