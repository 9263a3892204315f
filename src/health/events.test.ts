import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEvents, type Events } from './events.ts'

let server: Server
let events: Events
let body = ''
let bodies = 0
let clients: Socket[] = []
let accepted: Socket[] = []

beforeEach(async () => {
  body = '{"phase":"starting"}'
  bodies = 0
  accepted = []
  events = createEvents(() => {
    bodies++
    return body
  })
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
    accepted.push(socket)
    events.listen(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  vi.useRealTimers()
  for (const client of clients.splice(0)) client.destroy()
  await events.close()
  server.close()
})

interface Client {
  readonly socket: Socket
  readonly text: () => string
  readonly closed: () => boolean
}

function listen(): Client {
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
  clients.push(socket)
  let text = ''
  let isClosed = false
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.on('close', () => (isClosed = true))
  socket.on('error', () => {})
  return { socket, text: () => text, closed: () => isClosed }
}

const dataOf = (text: string): unknown[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as unknown)

function change(next: object): void {
  body = JSON.stringify(next)
  events.changed()
}

/** Nothing is read of a body of this size until it is asked for: the kernel takes a few megabytes at most. */
const big = (mark: number) => ({ mark, filling: 'x'.repeat(16_000_000) })

describe('the events of the page', () => {
  it('begin with the state, and how soon to come back', async () => {
    const client = listen()
    await vi.waitFor(() => expect(client.text()).toContain('data: '))
    const [head = '', rest] = client.text().split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head).toContain('content-type: text/event-stream; charset=utf-8')
    expect(head).toContain('cache-control: no-store')
    expect(rest).toBe('retry: 2000\n\ndata: {"phase":"starting"}\n\n')
  })

  it('follow a change at once, and a burst of changes with its last state alone', async () => {
    const client = listen()
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(1))
    for (let step = 1; step <= 100; step++) change({ step })
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(2))
    expect(dataOf(client.text())[1]).toEqual({ step: 100 })
    expect(bodies).toBe(2)
  })

  it('are not sent where nothing has changed, and cost nothing while nobody listens', async () => {
    for (let step = 0; step < 100; step++) events.changed()
    expect(bodies).toBe(0)
    const client = listen()
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(1))
    events.changed()
    await vi.waitFor(() => expect(bodies).toBe(2))
    change({ phase: 'ready' })
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(2))
    client.socket.destroy()
    await vi.waitFor(() => expect(accepted.every(({ destroyed }) => destroyed)).toBe(true))
    change({ phase: 'degraded' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(bodies).toBe(3)
  })

  it('skip what a slow reader missed: it costs one body, and then gets the newest', async () => {
    const slow = listen()
    await vi.waitFor(() => expect(dataOf(slow.text())).toHaveLength(1))
    slow.socket.pause()
    for (const next of [big(0), { mark: 1 }, { mark: 2 }, { mark: 3 }]) {
      const before = bodies
      change(next)
      await vi.waitFor(() => expect(bodies).toBe(before + 1))
    }
    slow.socket.resume()
    await vi.waitFor(() => expect(slow.text()).toContain('"mark":3'), { timeout: 5000 })
    expect(dataOf(slow.text()).map((data) => (data as { mark?: number }).mark)).toEqual([undefined, 0, 3])
  })

  it('have room for sixteen; one more takes the place of the oldest', async () => {
    const listeners = Array.from({ length: 16 }, listen)
    await vi.waitFor(() => expect(listeners.every(({ text }) => text() !== '')).toBe(true))
    const next = listen()
    await vi.waitFor(() => expect(listeners.filter(({ closed }) => closed())).toHaveLength(1))
    change({ phase: 'ready' })
    await vi.waitFor(() => expect(dataOf(next.text())).toHaveLength(2))
    const still = listeners.filter(({ closed }) => !closed())
    await vi.waitFor(() => expect(still.every(({ text }) => dataOf(text()).length === 2)).toBe(true))
  })

  it('end with the last state', async () => {
    const client = listen()
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(1))
    change({ phase: 'stopped' })
    await events.close()
    await vi.waitFor(() => expect(client.closed()).toBe(true))
    expect(dataOf(client.text()).at(-1)).toEqual({ phase: 'stopped' })
    const late = listen()
    await vi.waitFor(() => expect(late.closed()).toBe(true))
    expect(late.text()).toBe('')
  })

  it('do not delay the end for one who does not read', async () => {
    const client = listen()
    await vi.waitFor(() => expect(dataOf(client.text())).toHaveLength(1))
    client.socket.pause()
    body = JSON.stringify(big(0))
    const begin = performance.now()
    await events.close()
    expect(performance.now() - begin).toBeLessThan(1500)
    client.socket.resume()
    await vi.waitFor(() => expect(client.closed()).toBe(true))
  })
})

describe('a connection of the page that stays quiet', () => {
  beforeEach(() =>
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] }),
  )

  /** Time passes while the sockets, which know nothing of it, do their work. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      vi.advanceTimersByTime(1000)
      await turns()
    }
  }
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  const settled = async (client: Client) => {
    while (client.text() === '' && !client.closed()) await turns()
  }

  it('gets a comment every twenty seconds, and ends after a quarter of an hour, for the browser to come back', async () => {
    const client = listen()
    await settled(client)
    await pass(60)
    expect(client.text().match(/^:$/gm)).toHaveLength(3)
    await pass(13 * 60)
    expect(client.closed()).toBe(false)
    await pass(60)
    expect(client.closed()).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is dropped when the reader has taken nothing for two of them', async () => {
    const client = listen()
    await settled(client)
    client.socket.pause()
    change(big(0))
    await pass(1)
    await pass(20)
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    await pass(20)
    // Nobody listens any more, so that nothing is left to run.
    expect(vi.getTimerCount()).toBe(0)
  })
})
