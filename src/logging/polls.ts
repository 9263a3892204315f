/**
 * Folds the lines with which a tool says again and again that it still waits: the first is logged as it is, the others
 * are counted, and what comes after them, or the end of the tool, brings one line with their number. Only lines that are
 * known are folded, and their order stays.
 */
import type { OutputRecord } from './csv-log.ts'

const polls: readonly RegExp[] = [
  // `pxf start`, each second from the tenth attempt on (docs/base-image.md).
  /^PXF not responding, re-trying after \d+ seconds? \(attempt number \d+\)$/,
  // The progress of gpinitsystem, gpstart and gpstop.
  /^\.+$/,
]

interface PollFolder {
  readonly log: (record: OutputRecord) => void
  /** The tool has ended. */
  readonly end: () => void
}

/** Lines of one poll, with no other line between them. */
interface Run {
  readonly poll: RegExp
  readonly first: OutputRecord
  readonly startedMs: number
  count: number
  lastMs: number
}

export function foldPolls(write: (record: OutputRecord) => void, now = () => performance.now()): PollFolder {
  let run: Run | undefined

  function end(): void {
    if (run !== undefined && run.count > 1) write(summaryOf(run))
    run = undefined
  }

  return {
    log(record) {
      const poll = polls.find((one) => one.test(record.message))
      const at = now()
      if (poll !== undefined && poll === run?.poll) {
        run.count++
        run.lastMs = at
        return
      }
      end()
      if (poll !== undefined) run = { poll, first: record, count: 1, startedMs: at, lastMs: at }
      write(record)
    },
    end,
  }
}

const summaryOf = ({ first, count, startedMs, lastMs }: Run): OutputRecord => ({
  ...first,
  message: 'repeated',
  fields: {
    ...first.fields,
    line: first.message,
    count,
    seconds: Math.round((lastMs - startedMs) / 100) / 10,
  },
})
