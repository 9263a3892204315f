/**
 * The program's standard output. Writing never blocks the event loop and never cuts a line. A slow reader shows as
 * `congested`, so that producers of lines can stop reading their own input. Node's `process.stdout` would block the
 * whole program on a stalled pipe, and a writer that retries would do so for ever on a full disk or a closed terminal.
 */
import { fstatSync, write, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { isatty } from 'node:tty'
import { errnoOf } from '../errors.ts'
import { waitUntil } from '../time.ts'
import { createByteQueue } from './byte-queue.ts'

export interface LogSink {
  readonly isTerminal: boolean
  /** Writes one line, which includes its newline. */
  readonly write: (line: string) => void
  /** True while too much output is waiting; producers should await `drained`. */
  readonly congested: () => boolean
  readonly drained: () => Promise<void>
  /**
   * Waits until everything is written, for at most `ms` milliseconds, or less if the reader takes nothing. Resolves to
   * false if output is left: then a thread may be blocked in a write, and an ordinary exit would wait for it.
   */
  readonly flush: (ms: number) => Promise<boolean>
  /** Bytes since the start: how many were written to the sink, and how many of them have left it or were given up. */
  readonly progress: () => { readonly written: number; readonly gone: number }
}

/** Bytes that may be waiting before producers are held back: a few times the capacity of a pipe. */
const highWaterMark = 256 * 1024
/** One page: a pipe has room for a whole page or for nothing, so the progress of a slow reader is visible. */
const pageBytes = 4096
/** When flushing, a reader that takes nothing for this long is given up. */
const stallMs = 750
/** For a terminal that another program has set to non-blocking. */
const retryMs = 10
const newline = 10

/** Writes bytes; `done` gets the number of bytes taken, or the error. */
type Outlet = (bytes: Buffer, done: (error: Error | null | undefined, taken: number) => void) => void

export function openSink(fileDescriptor: number): LogSink {
  const outlet = openOutlet(fileDescriptor)
  const queue = createByteQueue()
  let written = 0
  let taken = 0
  let busy = false
  let lastByte = newline
  let wake: (() => void)[] = []

  function pump(): void {
    if (busy || queue.size() === 0) return
    busy = true
    outlet(queue.bytes(), (error, count) => {
      if (errnoOf(error) === 'EAGAIN') return void setTimeout(settle, retryMs).unref()
      // The reader is gone, the terminal is closed, or the disk is full: the database must keep running without its log.
      // The next line is tried again, because a disk may have space by then.
      if (error) queue.clear()
      else advance(count)
      settle()
    })
  }

  function settle(): void {
    busy = false
    if (queue.size() < highWaterMark) for (const resolve of wake.splice(0)) resolve()
    pump()
  }

  function advance(count: number): void {
    lastByte = queue.bytes()[count - 1] ?? lastByte
    queue.drop(count)
    taken += count
  }

  return {
    isTerminal: isatty(fileDescriptor),
    write: (line) => {
      // A line that an error cut off must not run into the next one.
      written += queue.add(queue.size() === 0 && lastByte !== newline ? `\n${line}` : line)
      pump()
    },
    congested: () => queue.size() >= highWaterMark,
    drained: () =>
      queue.size() < highWaterMark ? Promise.resolve() : new Promise((resolve) => wake.push(resolve)),
    flush: async (ms) => {
      let seen = taken
      let since = performance.now()
      const gaveUp = () => {
        if (taken !== seen) [seen, since] = [taken, performance.now()]
        return performance.now() - since >= stallMs
      }
      await waitUntil(() => queue.size() === 0 || gaveUp(), { ms, everyMs: 5 })
      return queue.size() === 0
    },
    progress: () => ({ written, gone: written - queue.size() }),
  }
}

function openOutlet(fileDescriptor: number): Outlet {
  const kind = fstatSync(fileDescriptor)
  return kind.isFIFO() || kind.isSocket() ? pipeOutlet(fileDescriptor) : fileOutlet(fileDescriptor)
}

/**
 * A pipe, as Docker provides it: what it has room for is taken at once, then a page is taken when it has room again. So
 * nothing waits in a thread that a stalled reader could block.
 */
function pipeOutlet(fd: number): Outlet {
  // It makes the pipe non-blocking.
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write receives its own error.
  socket.on('error', () => {})
  socket.unref()
  return (bytes, done) => {
    const taken = socket.destroyed ? 0 : takenAtOnce(fd, bytes)
    if (taken > 0) return queueMicrotask(() => done(undefined, taken))
    // A copy: the bytes may move while it waits.
    const page = Buffer.from(bytes.subarray(0, pageBytes))
    socket.write(page, (error) => done(error, page.length))
  }
}

/** An error is left to the write that waits. */
function takenAtOnce(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes)
  } catch {
    return 0
  }
}

/** A file, a terminal or a device, written in a thread. They rarely block; a paused terminal does. */
const fileOutlet =
  (fd: number): Outlet =>
  (bytes, done) =>
    write(fd, Buffer.from(bytes.subarray(0, pageBytes)), done)
