/** The HTTP server for health: a few paths, one snapshot. It listens before anything else happens. */
import type { Server } from 'node:net'
import { SupervisorError, errnoOf, exitCodes, reasonOf } from '../errors.ts'
import { eventStream, type Events } from './events.ts'
import type { Run } from '../history/run.ts'
import { isOwnName } from './host.ts'
import { backlog, createProbeServer, json, type Answer, type Handover, type Request } from './http.ts'
import { createPage } from './page.ts'
import { asText, liveness, readiness, startup, statusBody, type ProbeBody, type Snapshot } from './report.ts'

export interface HealthPorts {
  readonly snapshot: () => Snapshot
  /** The newest first. */
  readonly history: () => readonly Run[]
  /** Milliseconds since the supervisor's checks last made progress. */
  readonly lastMoveMs: () => number
  /** The text for `/metrics`; the only answer that may take a moment. */
  readonly metrics: () => Promise<string>
  readonly events: Events
  /** A connection could not be accepted; the server continues. */
  readonly onError: (reason: string) => void
}

export interface HealthServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/** The longest single step of the checks is CREATE DATABASE with up to 120 s. Beyond that, the program hangs. */
const mostIdleMs = 150_000

export async function listen(
  address: { readonly host: string; readonly port: number },
  ports: HealthPorts,
): Promise<HealthServer> {
  const page = createPage()
  const { server, closeConnections } = createProbeServer((request) => answer(request, ports, page))
  await bind(server, address)
  // An accept that fails for lack of file descriptors or memory fails that probe only.
  server.on('error', (error) => ports.onError(reasonOf(error)))
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await ports.events.close()
      closeConnections()
      await closed
    },
  }
}

function bind(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindError(host, port, error)))
    server.listen({ port, host, backlog }, () => resolve())
  })
}

function bindError(host: string, port: number, error: unknown): SupervisorError {
  const what = errnoOf(error) === 'EADDRINUSE' ? 'another program uses the port' : reasonOf(error)
  return new SupervisorError(
    `cannot listen on ${host}:${port} for health checks: ${what}; set HEALTH_PORT or HEALTH_HOST`,
    { code: 'health-port', exitCode: exitCodes.configuration, cause: error },
  )
}

/** They show the run as a whole; probes and metrics answer under any name, because monitoring has names of its own. */
const shown: readonly string[] = ['/', '/events', '/status', '/history']
const paths = [...shown, '/livez', '/startupz', '/readyz', '/metrics']

function answer(request: Request, ports: HealthPorts, page: Answer): Answer | Handover | Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return json(405, { error: `${request.method} is not allowed; use GET or HEAD` })
  }
  const url = URL.parse(request.target, 'http://localhost')
  if (url === null) return json(400, { error: 'the request target cannot be parsed' })
  if (shown.includes(url.pathname) && !isOwnName(request.host)) return misdirected(request)
  const snapshot = ports.snapshot()
  switch (url.pathname) {
    case '/':
      return page
    case '/events':
      return request.method === 'HEAD'
        ? { status: 200, type: eventStream, text: '' }
        : { handOver: ports.events.listen }
    case '/livez':
      return probe(request, liveness(snapshot, ports.lastMoveMs(), mostIdleMs))
    case '/startupz':
      return probe(request, startup(snapshot))
    case '/readyz':
      return readyz(request, url.searchParams.get('for'), snapshot)
    case '/status':
      return json(200, statusBody(snapshot))
    case '/history':
      return json(200, { runs: ports.history() })
    case '/metrics':
      return metrics(ports)
    default:
      return json(404, { error: `there is no path ${url.pathname}; the paths are ${paths.join(', ')}` })
  }
}

function misdirected({ host }: Request): Answer {
  return json(421, {
    error: `the run is not shown under the public name ${host}: use an IP address, localhost or a name without a domain`,
  })
}

async function metrics(ports: HealthPorts): Promise<Answer> {
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: await ports.metrics() }
}

function readyz(request: Request, only: string | null, snapshot: Snapshot): Answer {
  if (only === null) return probe(request, readiness(snapshot))
  const names = Object.keys(snapshot.components)
  if (!names.includes(only))
    return json(400, { error: `there is no component ${only}; the components are ${names.join(', ')}` })
  return probe(request, readiness(snapshot, only))
}

function probe(request: Request, body: ProbeBody): Answer {
  const status = body.ok ? 200 : 503
  const wantsText = request.accept.startsWith('text/plain')
  return wantsText ? { status, type: 'text/plain; charset=utf-8', text: asText(body) } : json(status, body)
}
