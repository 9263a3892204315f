/** The health server: any bytes on a socket of its own, in pieces; a good probe is answered afterwards. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '../../../src/config/load.ts'
import { initialComponents } from '../../../src/parts/all.ts'
import { asMetrics } from '../../../src/health/metrics.ts'
import type { Snapshot } from '../../../src/health/report.ts'
import { listen } from '../../../src/health/server.ts'

const at = '2026-11-21T07:00:00.000Z'
const environment = { GREENPLUM_PASSWORD: 'gpadmin' }
const config = loadConfig({ environment, hostname: 'gpdbsne', readFile: () => '' })
const snapshot: Snapshot = {
  phase: 'ready',
  startedAt: at,
  wasReady: true,
  components: initialComponents(config, at),
  timeline: [],
  versions: { supervisor: '0.1.0' },
  previousStop: { kind: 'none' },
  counters: { pxfRestarts: 0, hbaRepairs: 0, becameReady: 1 },
  seedDrift: [],
  servers: [],
}
const server = await listen(
  { host: '127.0.0.1', port: 0 },
  {
    snapshot: () => snapshot,
    history: () => [],
    lastMoveMs: () => 0,
    metrics: async () => asMetrics(snapshot, { memoryBytes: 2000, counters: {}, ofParts: [] }),
    // A connection of the page stays open for minutes; here every one has to end.
    events: { listen: (socket) => socket.destroy(), changed: () => {}, close: () => Promise.resolve() },
    onError: () => {},
  },
)

/** A probe of Docker or Kubernetes waits about as long. */
const longestAnswerMs = 5000

/** The first byte says how: in how many pieces, read or not, and how it ends. */
export async function fuzz(data: Uint8Array): Promise<void> {
  const how = data[0] ?? 0
  const socket = connect(server.port, '127.0.0.1')
  const answered = read(socket, (how & 1) === 0)
  await within('the socket is connected', once(socket, 'connect'))
  const rest = data.subarray(1)
  const pieces = 1 + ((how >> 1) & 3)
  for (let piece = 0; piece < pieces; piece++) {
    const size = Math.ceil(rest.length / pieces)
    socket.write(rest.subarray(piece * size, (piece + 1) * size))
    await sleep(0)
  }
  if ((how & 8) === 0) socket.end()
  await within('a good probe is answered', probe())
  socket.destroy()
  const text = await within('the socket is closed', answered)
  assert.ok(text === '' || /^HTTP\/1\.1 [1-5]\d\d [A-Z]/.test(text), `the answer is ${JSON.stringify(text)}`)
}

async function within<T>(what: string, done: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not in time: ${what}`)), longestAnswerMs)
  })
  return Promise.race([done, late]).finally(() => clearTimeout(timer))
}

function read(socket: Socket, reads: boolean): Promise<string> {
  let text = ''
  if (reads) socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('close', () => resolve(text)))
}

async function probe(): Promise<void> {
  const request = get({ port: server.port, host: '127.0.0.1', path: '/livez', agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  assert.equal(response.statusCode, 200)
}
