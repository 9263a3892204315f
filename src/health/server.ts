/** The HTTP server for health: five paths, one snapshot. It listens before anything else happens. */
import type { Server } from 'node:net'
import { SupervisorError, errnoOf, exitCodes, reasonOf } from '../errors.ts'
import { backlog, createProbeServer, json, type Answer, type Request } from './http.ts'
import { asText, liveness, readiness, startup, type ProbeBody, type Snapshot } from './report.ts'

export interface HealthPorts {
  readonly snapshot: () => Snapshot
  /** Milliseconds since the supervisor's checks last made progress. */
  readonly lastMoveMs: () => number
  /** The text for `/metrics`; the only answer that may take a moment. */
  readonly metrics: () => Promise<string>
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
  const { server, closeConnections } = createProbeServer((request) => answer(request, ports))
  await bind(server, address)
  // An accept that fails for lack of file descriptors or memory fails that probe only.
  server.on('error', (error) => ports.onError(reasonOf(error)))
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        closeConnections()
      }),
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

function answer(request: Request, ports: HealthPorts): Answer | Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return json(405, { error: `${request.method} is not allowed; use GET or HEAD` })
  }
  const url = URL.parse(request.target, 'http://localhost')
  if (url === null) return json(400, { error: 'the request target cannot be parsed' })
  const snapshot = ports.snapshot()
  switch (url.pathname) {
    case '/livez':
      return probe(request, liveness(snapshot, ports.lastMoveMs(), mostIdleMs))
    case '/startupz':
      return probe(request, startup(snapshot))
    case '/readyz':
      return readyz(request, url.searchParams.get('for'), snapshot)
    case '/status':
      return json(200, { ok: readiness(snapshot).ok, ...snapshot, reasons: readiness(snapshot).reasons })
    case '/metrics':
      return metrics(ports)
    default:
      return json(404, {
        error: `there is no path ${url.pathname}; the paths are /livez, /startupz, /readyz, /status and /metrics`,
      })
  }
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
