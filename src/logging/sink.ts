/**
 * The program's standard output. Writing never blocks the event loop and never cuts a line; a full reader is
 * reported as `congested`, so that whoever produces lines can stop reading its own source. Node's own
 * `process.stdout` would block the whole program on a stalled pipe, and pino's destination tries a full disk or a
 * closed terminal again for ever.
 */
import { fstatSync, write } from 'node:fs'
import { Socket } from 'node:net'
import { errnoOf } from '../errors.ts'
import { waitUntil } from '../time.ts'

export interface LogSink {
  /** One line with its newline. */
  readonly write: (line: string) => void
  /** True while more waits than the reader takes; producers should await `drained`. */
  readonly congested: () => boolean
  readonly drained: () => Promise<void>
  /**
   * Delivers what was written, for at most `ms` milliseconds, and less if the reader takes nothing. Answers whether
   * nothing waits any more; if something does, a thread may hang in a write, and a plain exit would wait for it.
   */
  readonly flush: (ms: number) => Promise<boolean>
}

/** Bytes that may wait before producers are held back: a few pipes' worth. */
const highWaterMark = 256 * 1024
/** A page: a pipe has room for that much or for nothing, so a slow reader is seen to take something. */
const chunkBytes = 4096
/** At the end, a reader that has taken nothing for this long is given up. */
const stallMs = 750
/** For a terminal that another program has made non-blocking. */
const retryMs = 10
const newline = 10

/** Hands over bytes; `done` is told how many were taken, or why none. */
type Outlet = (bytes: Buffer, done: (error: Error | null | undefined, taken: number) => void) => void

export function openSink(fileDescriptor: number): LogSink {
  const outlet = openOutlet(fileDescriptor)
  let lines = ''
  let bytes = Buffer.alloc(0)
  let waiting = 0
  let taken = 0
  let busy = false
  let lastByte = newline
  let wake: (() => void)[] = []

  function pump(): void {
    if (busy || waiting === 0) return
    if (bytes.length === 0) {
      bytes = Buffer.from(lines)
      lines = ''
    }
    busy = true
    const chunk = bytes.subarray(0, chunkBytes)
    outlet(chunk, (error, count) => {
      if (errnoOf(error) === 'EAGAIN') return void setTimeout(settle, retryMs).unref()
      if (error) dropAll()
      else advance(chunk, count)
      settle()
    })
  }

  function settle(): void {
    busy = false
    if (waiting < highWaterMark) for (const resolve of wake.splice(0)) resolve()
    pump()
  }

  function advance(chunk: Buffer, count: number): void {
    bytes = bytes.subarray(count)
    waiting -= count
    taken += count
    lastByte = chunk[count - 1] ?? lastByte
  }

  /**
   * The reader is gone, the terminal closed, the disk full: the database must live on without its log. The next line
   * tries again, for a disk may have room by then.
   */
  function dropAll(): void {
    lines = ''
    bytes = Buffer.alloc(0)
    waiting = 0
  }

  return {
    write: (line) => {
      // What an error cut in the middle must not run into the next line.
      const text = waiting === 0 && lastByte !== newline ? `\n${line}` : line
      lines += text
      waiting += Buffer.byteLength(text)
      pump()
    },
    congested: () => waiting >= highWaterMark,
    drained: () =>
      waiting < highWaterMark ? Promise.resolve() : new Promise((resolve) => wake.push(resolve)),
    flush: async (ms) => {
      let seen = taken
      let since = performance.now()
      const gaveUp = () => {
        if (taken !== seen) [seen, since] = [taken, performance.now()]
        return performance.now() - since >= stallMs
      }
      await waitUntil(() => waiting === 0 || gaveUp(), { ms, everyMs: 5 })
      return waiting === 0
    },
  }
}

function openOutlet(fileDescriptor: number): Outlet {
  const kind = fstatSync(fileDescriptor)
  return kind.isFIFO() || kind.isSocket() ? pipeOutlet(fileDescriptor) : fileOutlet(fileDescriptor)
}

/** A pipe, as Docker gives it: written when it has room, without a thread that a stalled reader could hold. */
function pipeOutlet(fd: number): Outlet {
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write hears of it by itself.
  socket.on('error', () => {})
  socket.unref()
  return (bytes, done) => void socket.write(bytes, (error) => done(error, bytes.length))
}

/** A file, a terminal or a device, in a thread. Mostly these take what they get; a paused terminal holds the thread. */
const fileOutlet =
  (fd: number): Outlet =>
  (bytes, done) =>
    write(fd, bytes, done)
