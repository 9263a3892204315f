/**
 * The program's standard output. Writing never blocks the event loop and never cuts a line; a full reader is
 * reported as `congested`, so that whoever produces lines can stop reading its own source. Node's own
 * `process.stdout` would block the whole program on a stalled pipe.
 */
import pino from 'pino'
import { waitUntil } from '../time.ts'

export interface LogSink {
  /** One line with its newline. */
  readonly write: (line: string) => void
  /** True while more waits than the reader takes; producers should await `drained`. */
  readonly congested: () => boolean
  readonly drained: () => Promise<void>
  /** Delivers what was written, for at most `ms` milliseconds. Answers whether all of it went out. */
  readonly flush: (ms: number) => Promise<boolean>
}

/** Bytes that may wait before producers are held back: a few pipes' worth. */
const highWaterMark = 256 * 1024

export function openSink(fileDescriptor: number): LogSink {
  const stream = pino.destination({ dest: fileDescriptor, sync: false, minLength: 0 })
  let waiting = 0
  let broken = false
  let wake: (() => void)[] = []

  const release = () => {
    const resolvers = wake
    wake = []
    for (const resolve of resolvers) resolve()
  }
  stream.on('write', (bytes: number) => {
    waiting -= bytes
    if (waiting < highWaterMark) release()
  })
  stream.on('error', () => {
    // The reader is gone (EPIPE). The database must live on without its log.
    broken = true
    waiting = 0
    release()
  })

  return {
    write: (line) => {
      if (broken) return
      waiting += Buffer.byteLength(line)
      stream.write(line)
    },
    congested: () => waiting >= highWaterMark,
    drained: () =>
      waiting < highWaterMark ? Promise.resolve() : new Promise((resolve) => wake.push(resolve)),
    flush: (ms) => waitUntil(() => waiting <= 0, { ms, everyMs: 5 }),
  }
}
