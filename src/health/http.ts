/**
 * HTTP as probes need it: a connection is one request and one answer, and ends within seconds. Node's own server
 * parses every request that a client pipelines, and keeps an answer for each, before the first one is taken; here
 * what follows the first request is never looked at. All that a client can cost is bounded by the numbers below.
 */
import { STATUS_CODES } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'

export interface Request {
  readonly method: string
  readonly target: string
  readonly accept: string
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/**
 * One more, and the oldest is dropped: whoever is still there has had an answer or dawdles, while to refuse the newest
 * would lock out the probes. The event loop accepts one connection a turn and reads it in the next, so a request that
 * comes along with its connection is answered before 256 others can come.
 */
const mostConnections = 256
/** What may wait to be accepted: a probe whose packet the kernel has to drop tries again only after a second. */
export const backlog = 2048
/** From accept to close: for slow senders, slow readers and those that are gone without a word. */
const lifetimeMs = 5000
const mostHeadBytes = 8 * 1024
/** What follows the request is read and thrown away up to here: to close on unread bytes may cost the client its answer. */
const mostBytes = 32 * 1024

export interface ProbeServer {
  readonly server: Server
  readonly closeConnections: () => void
}

export function createProbeServer(answer: (request: Request) => Answer): ProbeServer {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    if (open.size > mostConnections) dropOldest(open)
    const timer = setTimeout(() => socket.destroy(), lifetimeMs)
    socket.on('close', () => {
      clearTimeout(timer)
      open.delete(socket)
    })
    // The client is gone: `close` follows.
    socket.on('error', () => {})
    answerOnce(socket, answer)
  })
  return { server, closeConnections: () => open.forEach((socket) => socket.destroy()) }
}

function dropOldest(open: Set<Socket>): void {
  const [oldest] = open
  if (oldest === undefined) return
  open.delete(oldest)
  oldest.destroy()
}

function answerOnce(socket: Socket, answer: (request: Request) => Answer): void {
  let text = ''
  let answered = false
  socket.on('data', (chunk) => {
    if (!answered) {
      text += chunk.toString('latin1', 0, mostHeadBytes)
      const request = readHead(text)
      if (request === undefined) return
      answered = true
      const isHead = 'method' in request && request.method === 'HEAD'
      socket.end(asBytes('method' in request ? answer(request) : request, isHead))
    }
    if (socket.bytesRead > mostBytes) socket.destroySoon()
  })
}

const wholeHead = /^[^]*?\r?\n\r?\n/
const requestLine = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r?\n/
const acceptLine = /^accept:[ \t]*(.*?)\r?$/im

/** The request; the refusal of what is none; or undefined while it is not whole. */
export function readHead(text: string): Request | Answer | undefined {
  const head = wholeHead.exec(text.slice(0, mostHeadBytes))?.[0]
  if (head === undefined) {
    if (text.length >= mostHeadBytes) {
      return json(431, { error: `the head of the request is longer than ${mostHeadBytes} bytes` })
    }
    // Another protocol, such as TLS, may never send an empty line.
    return /^[A-Z]/.test(text) ? undefined : malformed
  }
  const [, method, target] = requestLine.exec(head) ?? []
  if (method === undefined || target === undefined) return malformed
  return { method, target, accept: acceptLine.exec(head)?.[1] ?? '' }
}

export function json(status: number, body: object): Answer {
  return { status, type: 'application/json; charset=utf-8', text: `${JSON.stringify(body)}\n` }
}

const malformed = json(400, { error: 'this is no request of HTTP/1.0 or HTTP/1.1; there is no TLS here' })

function asBytes({ status, type, text }: Answer, isHead: boolean): string {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(text)}`,
    'cache-control: no-store',
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${isHead ? '' : text}`
}
