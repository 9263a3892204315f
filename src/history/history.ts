/**
 * The last runs on this volume, with the present one. It is derived from the snapshot, held in memory, and written a few
 * times a run: when it begins, when the kind of start is known, when the database accepts, at each change between ready
 * and degraded while there is room for it, and at the end. Whatever fails here is reported and delays nothing.
 */
import { reasonOf } from '../errors.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { Logger } from '../logging/logger.ts'
import { sleep } from '../time.ts'
import type { LastStop, PreviousStop } from '../volume/state.ts'
import { changedVersions } from './changed-versions.ts'
import { clearTemporaries, historyPath, readHistory, setAside, writeHistory } from './file.ts'
import { closed, endOf, mostRuns, runOf, withRun, type Present, type Run, type RunEnd } from './run.ts'
import { slowStart } from './slow-start.ts'

export interface History {
  /** Once the volume is locked. */
  readonly begin: (previous: PreviousStop) => void
  /** Something has changed in this run. */
  readonly look: () => void
  /** Resolves when the end is written, or after a second; the next run knows it from the record of the stop as well. */
  readonly end: (stop: LastStop) => Promise<void>
  /** The newest first, which is the present one. */
  readonly runs: () => readonly Run[]
}

export interface HistoryPorts {
  readonly dataDirectory: string
  readonly present: () => Present
  readonly logger: Pick<Logger, 'warn'>
  /** Adds a finding to the log and to `/status`. */
  readonly note: (finding: Finding) => void
}

const endMs = 1000

export function createHistory({ dataDirectory, present, logger, note }: HistoryPorts): History {
  /** Those before this one, the oldest first, once they are read. */
  let earlier: readonly Run[] | undefined
  let isWritable = true
  /** The start of this run, once it was ready: the timeline may lose it in a long run. */
  let start: Pick<Run, 'readyMs' | 'stages'> | undefined
  let end: RunEnd | undefined
  let saved = ''
  let isJudged = false
  let isQueued = false
  let writing = Promise.resolve()
  let complaint = ''

  function own(): Run {
    const run = runOf(present())
    const { readyMs, stages } = run
    if (readyMs !== undefined) start ??= { readyMs, stages }
    return { ...run, ...start, ...(end === undefined ? {} : { end }) }
  }

  async function load(previous: PreviousStop): Promise<void> {
    const stored = await readHistory(dataDirectory)
    if (stored.kind === 'foreign') await putAside(stored.reason)
    const runs = stored.kind === 'runs' ? stored.runs : []
    earlier = closed(runs, previous).slice(1 - mostRuns)
    await clearTemporaries(dataDirectory).catch(() => {})
    look()
  }

  async function putAside(reason: string): Promise<void> {
    const where = historyPath(dataDirectory)
    const outcome = await setAside(dataDirectory, new Date().toISOString()).then(
      (to) => `it was moved to ${to}, and a new history begins`,
      (error: unknown) => {
        isWritable = false
        return `it cannot be moved aside either (${reasonOf(error)}), so this run is not recorded`
      },
    )
    note(
      finding('history.unreadable', {
        text: `the history of runs on the volume cannot be read; ${outcome}`,
        cause: reason,
        where,
      }),
    )
  }

  function look(): void {
    if (earlier === undefined) return
    const run = own()
    if (!isJudged && run.readyMs !== undefined && run.start !== undefined) {
      isJudged = true
      for (const found of [slowStart(run, earlier), changedVersions(run, earlier)])
        if (found !== undefined) note(found)
    }
    const state = worthSaving(run)
    if (state === saved) return
    saved = state
    save()
  }

  function save(): void {
    if (isQueued || !isWritable) return
    isQueued = true
    writing = writing.then(write)
  }

  async function write(): Promise<void> {
    isQueued = false
    try {
      await writeHistory(dataDirectory, withRun(earlier ?? [], own()))
      complaint = ''
    } catch (error) {
      const reason = reasonOf(error)
      if (reason !== complaint)
        logger.warn('the history of runs could not be written to the volume', { reason })
      complaint = reason
    }
  }

  return {
    begin: (previous) => void (writing = load(previous)),
    look,
    end: async (stop) => {
      end = endOf(stop)
      const over = new AbortController()
      // What is being read comes first, then what is being written.
      const written = writing.then(look).then(() => writing)
      await Promise.race([written, sleep(endMs, over.signal)])
      over.abort()
    },
    runs: () => [own(), ...(earlier ?? []).toReversed()],
  }
}

/** What has to survive a kill; of the rest, the next write takes care. */
const worthSaving = ({ start, stages, readyMs, phases, end }: Run): string => {
  const isAccepting = stages.some(({ event }) => event === 'configuring')
  return [start, isAccepting, readyMs, phases.length, end?.how].join(' ')
}
