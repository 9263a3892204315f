/**
 * Minimal HTTP for probes: one request and one response per connection, which ends within seconds. Node's own server
 * parses every pipelined request and buffers a response for each before the client reads the first; here everything
 * after the first request is ignored. The limits below bound what a client can cost.
 */
import { STATUS_CODES } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { reasonOf } from '../errors.ts'

export interface Request {
  readonly method: string
  readonly target: string
  readonly accept: string
  /** The name and port that the client connected to, as it says; empty if it does not. */
  readonly host: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Lines of the head besides those of every answer. */
  readonly headers?: readonly string[]
}

/** Hands the connection over: from then on it does not count here, and the taker bounds what it costs. */
export interface Handover {
  readonly handOver: (socket: Socket) => void
}

/**
 * Beyond this, the oldest connection is dropped: it has had its response or is slow, whereas refusing the newest would
 * lock out the probes. The event loop accepts one connection per turn and reads it in the next, so a request that
 * arrives with its connection is answered before 256 others can arrive.
 */
const mostConnections = 256
/** Connections waiting to be accepted. When the kernel drops one, the client retries only after a second. */
export const backlog = 2048
/** From accept to close: for slow senders, slow readers, and clients that vanished. */
const lifetimeMs = 5000
const mostHeadBytes = 8 * 1024
/** Bytes after the request are read and discarded up to this limit: closing with unread bytes may lose the response. */
const mostBytes = 32 * 1024

export interface ProbeServer {
  readonly server: Server
  readonly closeConnections: () => void
}

type Answering = (request: Request) => Answer | Handover | Promise<Answer>

export function createProbeServer(answer: Answering): ProbeServer {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    if (open.size > mostConnections) dropOldest(open)
    const timer = setTimeout(() => socket.destroy(), lifetimeMs)
    const release = () => {
      clearTimeout(timer)
      open.delete(socket)
    }
    socket.on('close', release)
    // The client is gone; `close` follows.
    socket.on('error', () => {})
    answerOnce(socket, answer, release)
  })
  return { server, closeConnections: () => open.forEach((socket) => socket.destroy()) }
}

function dropOldest(open: Set<Socket>): void {
  const [oldest] = open
  if (oldest === undefined) return
  open.delete(oldest)
  oldest.destroy()
}

function answerOnce(socket: Socket, answer: Answering, release: () => void): void {
  let text = ''
  let answered = false
  socket.on('data', (chunk) => {
    if (!answered) {
      text += chunk.toString('latin1', 0, mostHeadBytes)
      const request = readHead(text)
      if (request === undefined) return
      answered = true
      const isHead = 'method' in request && request.method === 'HEAD'
      const send = (response: Answer) => socket.end(asBytes(response, isHead))
      const response = 'method' in request ? answer(request) : request
      if (response instanceof Promise) {
        response.then(send, (error: unknown) => send(json(500, { error: reasonOf(error) })))
      } else if ('handOver' in response) {
        release()
        response.handOver(socket)
      } else send(response)
    }
    if (socket.bytesRead > mostBytes) socket.destroySoon()
  })
}

const wholeHead = /^[^]*?\r?\n\r?\n/
const requestLine = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/
const acceptLine = /^accept:[ \t]*(.*?)\r?$/im
const hostLine = /^host:[ \t]*(.*?)[ \t]*\r?$/im

/** The request, the response to an invalid one, or undefined while it is incomplete. */
export function readHead(text: string): Request | Answer | undefined {
  const head = wholeHead.exec(text.slice(0, mostHeadBytes))?.[0]
  if (head === undefined) {
    if (text.length >= mostHeadBytes) {
      return json(431, { error: `the request line and headers are longer than ${mostHeadBytes} bytes` })
    }
    // Another protocol, such as TLS, may never send an empty line.
    return /^[A-Z]/.test(text) ? undefined : malformed
  }
  const [, method, target] = requestLine.exec(head) ?? []
  if (method === undefined || target === undefined) return malformed
  return {
    method,
    target,
    accept: acceptLine.exec(head)?.[1] ?? '',
    host: hostLine.exec(head)?.[1] ?? '',
  }
}

export function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', text: `${JSON.stringify(body)}\n` }
}

const malformed = json(400, { error: 'this is not an HTTP/1.0 or HTTP/1.1 request; TLS is not supported' })

function asBytes({ status, type, text, headers = [] }: Answer, isHead: boolean): string {
  const length = `content-length: ${Buffer.byteLength(text)}`
  return `${headOf(status, type, [length, ...headers])}${isHead ? '' : text}`
}

/** The head of an answer, with the empty line that ends it. */
export function headOf(status: number, type: string, more: readonly string[] = []): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${type}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    ...more,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
