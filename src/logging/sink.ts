/**
 * The program's standard output. Writing never blocks the event loop and never cuts a line; a full reader is
 * reported as `congested`, so that whoever produces lines can stop reading its own source. Node's own
 * `process.stdout` would block the whole program on a stalled pipe.
 */
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
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

/** How bytes leave: `write` answers through `onWritten` with the bytes that are gone. */
interface Outlet {
  readonly write: (line: string, bytes: number) => void
}

interface OutletEvents {
  readonly onWritten: (bytes: number) => void
  readonly onBroken: () => void
}

export function openSink(fileDescriptor: number): LogSink {
  let waiting = 0
  let broken = false
  let wake: (() => void)[] = []
  const release = () => {
    const resolvers = wake
    wake = []
    for (const resolve of resolvers) resolve()
  }
  const outlet = openOutlet(fileDescriptor, {
    onWritten: (bytes) => {
      waiting -= bytes
      if (waiting < highWaterMark) release()
    },
    onBroken: () => {
      // The reader is gone (EPIPE). The database must live on without its log.
      broken = true
      waiting = 0
      release()
    },
  })
  return {
    write: (line) => {
      if (broken) return
      const bytes = Buffer.byteLength(line)
      waiting += bytes
      outlet.write(line, bytes)
    },
    congested: () => waiting >= highWaterMark,
    drained: () =>
      waiting < highWaterMark ? Promise.resolve() : new Promise((resolve) => wake.push(resolve)),
    flush: (ms) => waitUntil(() => waiting <= 0, { ms, everyMs: 5 }),
  }
}

function openOutlet(fileDescriptor: number, events: OutletEvents): Outlet {
  const kind = fstatSync(fileDescriptor)
  return kind.isFIFO() || kind.isSocket()
    ? pipeOutlet(fileDescriptor, events)
    : fileOutlet(fileDescriptor, events)
}

/**
 * A pipe, as Docker gives it: written when it has room, without a thread. A write that blocks in a thread would
 * keep the process from ever exiting while the reader stalls.
 */
function pipeOutlet(fd: number, { onWritten, onBroken }: OutletEvents): Outlet {
  const socket = new Socket({ fd, readable: false, writable: true })
  socket.on('error', onBroken)
  socket.unref()
  return {
    write: (line, bytes) => {
      socket.write(line, (error) => {
        if (error === null || error === undefined) onWritten(bytes)
      })
    },
  }
}

/** A file or a terminal: these take what they get. */
function fileOutlet(fd: number, { onWritten, onBroken }: OutletEvents): Outlet {
  const stream = pino.destination({ dest: fd, sync: false, minLength: 0 })
  stream.on('write', onWritten)
  stream.on('error', onBroken)
  return { write: (line) => void stream.write(line) }
}
