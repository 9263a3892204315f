/** The health server in a process of its own, against clients that mean no good. Each time, probes are answered. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

/** Far above what is seen (10 MB), far below what the clients could cost (hundreds, and gigabytes for the many). */
const mostGrowth = 120 * 1024 * 1024
/** 256, and some that are about to be closed. */
const mostSockets = 300

/** More than the kernel takes for a client that does not read. */
const bigBytes = 12_000_000
/** Of the state that is sent to the page. */
const bodyBytes = 200_000
const program = `
  import { createEvents } from ${JSON.stringify(new URL('events.ts', import.meta.url).pathname)}
  import { listen } from ${JSON.stringify(new URL('server.ts', import.meta.url).pathname)}
  const ready = { state: 'ready', since: '', reason: 'x'.repeat(1000), attempts: 0 }
  const names = ['seed', 'gpdb', 'hba', 'extensions', 'protocols', 'sql', 'pxf', 'data']
  const snapshot = {
    phase: 'ready', timeline: [], wasReady: true, components: Object.fromEntries(names.map((name) => [name, ready]))
  }
  const events = createEvents(() => JSON.stringify({ at: Date.now(), filling: 'x'.repeat(${bodyBytes}) }))
  setInterval(events.changed, 100)
  const { port } = await listen({ host: '127.0.0.1', port: 0 }, {
    snapshot: () => snapshot, history: () => [], lastMoveMs: () => 0, metrics: async () => 'x'.repeat(${bigBytes}), events,
    onError: console.error,
  })
  process.send(port)
`

let server: ChildProcess
let port = 0
let clients: Socket[] = []
/** What the server has open when nobody is connected. */
let idle = 0

beforeAll(async () => {
  server = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  ;[port] = (await once(server, 'message')) as [number]
  idle = openSockets()
})

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

afterAll(async () => {
  server.kill('SIGKILL')
  await once(server, 'exit')
})

/** Clients that send, and never read. */
function openClients(count: number, request: string): void {
  const bytes = Buffer.from(request)
  clients = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    socket.on('error', () => {})
    if (bytes.length > 0) socket.write(bytes)
    return socket
  })
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function residentBytes(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

function openSockets(): number {
  const folder = `/proc/${server.pid}/fd`
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

async function becomesIdle(): Promise<void> {
  for (const end = Date.now() + 20_000; openSockets() > idle && Date.now() < end;) await sleep(100)
  expect(openSockets()).toBe(idle)
}

/** Everything that comes back for these bytes, until the server closes. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  clients.push(socket)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write(bytes)
  await once(socket, 'close')
  return text
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`

/** Probes one after the other while the clients are at it; the most that the server had open and in memory. */
async function probeFor(ms: number): Promise<{ growth: number; sockets: number; answered: number }> {
  const before = residentBytes()
  let [most, sockets, answered] = [0, 0, 0]
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
    const response = await fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(30_000) })
    expect(response.status).toBe(200)
    await response.arrayBuffer()
    answered++
    most = Math.max(most, residentBytes())
    sockets = Math.max(sockets, openSockets())
  }
  return { growth: most - before, sockets, answered }
}

describe.skipIf(process.platform !== 'linux')('the health server', { timeout: 120_000 }, () => {
  it.each([10, 50, 2000])('holds against %d clients that pipeline and never read', async (count) => {
    await answerTo(get('/livez'))
    openClients(count, get('/status').repeat(2000))
    const { growth, sockets, answered } = await probeFor(3000)
    expect(answered).toBeGreaterThan(0)
    expect(growth).toBeLessThan(mostGrowth)
    expect(sockets).toBeLessThan(mostSockets)
  })

  it('holds against a thousand that say nothing, and drops the oldest', async () => {
    openClients(1000, '')
    expect((await probeFor(3000)).sockets).toBeLessThan(mostSockets)
  })

  it('holds against a thousand that send byte by byte', async () => {
    openClients(1000, 'GET /livez HTTP/1.1\r\nHost: h\r\n')
    const sending = setInterval(() => {
      for (const client of clients) if (!client.destroyed) client.write('x')
    }, 200)
    const { growth, sockets } = await probeFor(3000)
    clearInterval(sending)
    expect(sockets).toBeLessThan(mostSockets)
    expect(growth).toBeLessThan(mostGrowth)
  })

  it('gives up a client that neither sends nor takes anything, within seconds', async () => {
    await becomesIdle()
    openClients(5, get('/metrics'))
    await expect.poll(openSockets, { timeout: 10_000 }).toBe(idle + 5)
    await becomesIdle()
  })

  it('refuses a head of more than 8 KB, and holds against many of 64 KB', async () => {
    expect(await answerTo(get('/livez', `X: ${'x'.repeat(10_000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /)
    openClients(500, get('/livez', `X: ${'x'.repeat(64_000)}\r\n`))
    const { growth, sockets } = await probeFor(3000)
    expect(growth).toBeLessThan(mostGrowth)
    expect(sockets).toBeLessThan(mostSockets)
  })

  it('answers one request of a connection and closes it', async () => {
    const text = await answerTo(get('/livez').repeat(3))
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1)
    expect(text).toContain('\r\nconnection: close\r\n')
  })

  it('holds against five hundred listeners that take nothing, while there is news ten times a second', async () => {
    await becomesIdle()
    openClients(500, get('/events'))
    const { growth, sockets, answered } = await probeFor(3000)
    expect(answered).toBeGreaterThan(0)
    expect(growth).toBeLessThan(mostGrowth)
    expect(sockets).toBeLessThan(mostSockets)
    // The probes before them have ended, and of the listeners sixteen are left.
    await expect.poll(openSockets, { timeout: 10_000 }).toBe(idle + 16)
  })

  it('still answers probes while listeners have every place of theirs', async () => {
    openClients(16, get('/events'))
    await expect.poll(openSockets, { timeout: 10_000 }).toBe(idle + 16)
    const listening = clients.splice(0)
    openClients(300, '')
    expect((await probeFor(1000)).answered).toBeGreaterThan(0)
    expect(listening.filter(({ destroyed }) => destroyed)).toEqual([])
    clients.push(...listening)
  })

  it('gives a whole answer, however long, to a client that reads', async () => {
    expect((await answerTo(get('/metrics'))).split('\r\n\r\n')[1]).toHaveLength(bigBytes)
  })

  it.each([
    ['a request with bare newlines', 'GET /livez HTTP/1.0\n\n', 200],
    ['a body that nobody asked for', `POST /livez HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello`, 405],
    ['TLS', '\u0016\u0003\u0001', 400],
    ['another version', 'PRI * HTTP/2.0\r\n\r\n', 400],
    ['nonsense', 'GET\r\n\r\n', 400],
    ['an address that cannot be read', get('http://['), 400],
  ])('answers %s at once', async (_what, bytes, status) => {
    expect(await answerTo(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })
})
