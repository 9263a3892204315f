/**
 * The live connections of the page: server-sent events (the HTML standard, section 9.2), each with the body of `/status`.
 * An event is sent when that body has changed; while nobody listens, a change costs one comparison. What the listeners
 * can cost is bounded below. They are apart from the connections of the probes, whose place they never take.
 */
import type { Socket } from 'node:net'
import { headOf } from './http.ts'

/** Beyond this, the oldest is dropped, as with probes. A browser has one for each tab with the page that is seen. */
const mostListeners = 16
/** Changes come in bursts; this collects them, and is the shortest time between two events. */
const collectMs = 250
/** A comment, so that proxies do not give up a quiet connection. Who has not taken the one before is dropped. */
const heartbeatMs = 20_000
/** For clients that vanished without a word; a browser connects again after `retryMs`. */
const lifetimeMs = 15 * 60_000
const retryMs = 2000
/** At the stop, for a listener to take the last event. */
const farewellMs = 200

export const eventStream = 'text/event-stream; charset=utf-8'

export interface Events {
  readonly listen: (socket: Socket) => void
  /** Something may have changed. */
  readonly changed: () => void
  /** Sends the last state and closes every connection; takes a fraction of a second at most. */
  readonly close: () => Promise<void>
}

/** At most one write is under way: a slow reader costs one body, and then gets the newest, not those in between. */
interface Listener {
  readonly socket: Socket
  /** The body that it was sent last. */
  sent: string
  writing: boolean
  /** How many heartbeats found it still writing. */
  missed: number
  readonly expiry: NodeJS.Timeout
}

/** @param body the current state as one line of JSON */
export function createEvents(body: () => string): Events {
  const listeners = new Set<Listener>()
  const emptied = Promise.withResolvers<void>()
  let latest = ''
  let collecting: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let closing = false

  function write(listener: Listener, text: string): void {
    listener.writing = true
    listener.socket.write(text, () => {
      listener.writing = false
      listener.missed = 0
      // The state has changed in the meantime.
      if (listeners.has(listener) && listener.sent !== latest) send(listener)
    })
  }

  function send(listener: Listener): void {
    if (listener.writing || listener.sent === latest) return
    listener.sent = latest
    write(listener, eventOf(latest))
  }

  function publish(): void {
    collecting = undefined
    latest = body()
    for (const listener of listeners) send(listener)
  }

  function beat(): void {
    for (const listener of listeners) {
      if (!listener.writing) write(listener, ':\n\n')
      else if (listener.missed++ > 0) drop(listener)
    }
  }

  /** It leaves the list at once, as more may come before it is closed, and the kernel forgets what it has not taken. */
  function drop(listener: Listener | undefined): void {
    if (listener === undefined) return
    forget(listener)
    listener.socket.resetAndDestroy()
  }

  function forget(listener: Listener): void {
    clearTimeout(listener.expiry)
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearTimeout(collecting)
    clearInterval(heartbeat)
    collecting = heartbeat = undefined
    latest = ''
    if (closing) emptied.resolve()
  }

  return {
    listen(socket) {
      if (closing) return void socket.destroy()
      const listener: Listener = {
        socket,
        sent: '',
        writing: false,
        missed: 0,
        expiry: setTimeout(() => socket.destroySoon(), lifetimeMs),
      }
      socket.on('close', () => forget(listener))
      listeners.add(listener)
      if (listeners.size > mostListeners) drop(listeners.values().next().value)
      heartbeat ??= setInterval(beat, heartbeatMs)
      latest = listener.sent = body()
      write(listener, `${headOf(200, eventStream)}retry: ${retryMs}\n\n${eventOf(latest)}`)
    },
    changed() {
      if (listeners.size > 0) collecting ??= setTimeout(publish, collectMs)
    },
    async close() {
      closing = true
      clearTimeout(collecting)
      if (listeners.size === 0) return
      const last = body()
      for (const { socket, sent } of listeners) {
        if (sent !== last) socket.write(eventOf(last))
        socket.destroySoon()
      }
      const limit = setTimeout(emptied.resolve, farewellMs)
      await emptied.promise
      clearTimeout(limit)
      for (const { socket } of listeners) socket.destroy()
    },
  }
}

/** JSON has no newline of its own, so that one line of data holds it. */
const eventOf = (body: string): string => `data: ${body}\n\n`
