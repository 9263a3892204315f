import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as ask, type IncomingMessage } from 'node:http'
import { startOf } from '../history/run.fixture.ts'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { changed, type Components } from './components.ts'
import { allParts, countersOf, initialComponents } from '../parts/all.ts'
import { createEvents } from './events.ts'
import { asMetrics } from './metrics.ts'
import type { Snapshot } from './report.ts'
import { listen, type HealthServer } from './server.ts'

const config: Config = loadConfig({
  environment: { GREENPLUM_PASSWORD: 'hidden-secret' },
  hostname: 'gpdbsne',
  readFile: () => '',
})
const counters = countersOf(allParts)
const at = '2026-11-21T07:00:00.000Z'

const everythingReady: Components = (['seed', 'gpdb', 'hba', 'extensions', 'pxf'] as const).reduce(
  (components, name) => changed(components, name, { state: 'ready' }, at),
  initialComponents(config, at),
)

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  phase: 'ready',
  startedAt: at,
  wasReady: true,
  components: everythingReady,
  timeline: [{ at, ms: 37_700, event: 'ready' }],
  versions: { supervisor: '0.1.0' },
  previousStop: { kind: 'none' },
  counters: { pxfRestarts: 0, hbaRepairs: 0, becameReady: 1 },
  seedDrift: [],
  servers: [],
  ...more,
})

const pxfDown = changed(everythingReady, 'pxf', { state: 'pending', reason: 'the JVM is gone' }, at)

const past = startOf({ gpdb: 2500, pxf: 3100, ready: 3200 })

let server: HealthServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serve(current: Snapshot, lastMoveMs = 0) {
  server = await listen(
    { host: '127.0.0.1', port: 0 },
    {
      snapshot: () => current,
      history: () => [past],
      lastMoveMs: () => lastMoveMs,
      metrics: async () => asMetrics(current, { memoryBytes: 2000, counters, ofParts: [] }),
      events: createEvents(() => '{}'),
      onError: () => {},
    },
  )
  const base = `http://127.0.0.1:${server.port}`
  return (path: string, init?: RequestInit) => fetch(base + path, init)
}

describe('health server', () => {
  it('says ready when every component is', async () => {
    const get = await serve(snapshot())
    const response = await get('/readyz')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ok: true, phase: 'ready', reasons: [] })
  })

  it('says what is waited for and since when, and answers for one part alone', async () => {
    const get = await serve(snapshot({ phase: 'degraded', components: pxfDown }))
    const response = await get('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      ok: false,
      phase: 'degraded',
      reasons: [{ component: 'pxf', state: 'pending', since: at, reason: 'the JVM is gone' }],
    })
    expect((await get('/readyz?for=gpdb')).status).toBe(200)
    expect((await get('/readyz?for=pxf')).status).toBe(503)
  })

  it('falls at once when the stop begins, though every component is still up', async () => {
    const get = await serve(snapshot({ phase: 'stopping', stopReason: 'SIGTERM' }))
    expect((await get('/readyz')).status).toBe(503)
    expect((await get('/readyz?for=gpdb')).status).toBe(503)
    expect((await get('/livez')).status).toBe(200)
  })

  it('speaks plainly to whoever asks for text', async () => {
    const get = await serve(snapshot({ phase: 'degraded', components: pxfDown }))
    const response = await get('/readyz', { headers: { accept: 'text/plain' } })
    expect(await response.text()).toBe(`not ready (degraded)\npxf: pending since ${at}: the JVM is gone\n`)
  })

  it('keeps startup once it was ready, and not before', async () => {
    const get = await serve(snapshot({ phase: 'degraded', components: pxfDown }))
    expect((await get('/startupz')).status).toBe(200)
    await server?.close()
    const early = await serve(snapshot({ phase: 'starting', wasReady: false }))
    expect((await early('/startupz')).status).toBe(503)
  })

  it('is not alive when the checks stand still', async () => {
    const get = await serve(snapshot(), 151_000)
    const response = await get('/livez')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('have made no progress for 151 s')
  })

  it('answers HEAD without a body, and refuses other methods, paths and parts by name', async () => {
    const get = await serve(snapshot())
    const head = await get('/readyz', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await get('/readyz', { method: 'POST' })).status).toBe(405)
    const missing = await get('/nothing')
    expect(missing.status).toBe(404)
    expect(await missing.text()).toContain(
      'there is no path /nothing; the paths are /, /events, /status, /history, /livez, /startupz, /readyz, /metrics',
    )
    const unknown = await get('/readyz?for=airflow')
    expect([unknown.status, await unknown.text()]).toEqual([
      400,
      '{"error":"there is no component airflow; the components are gpdb, cluster, hba, extensions, protocols, sql, seed, pxf, data"}\n',
    ])
  })

  it('survives an address that is none', async () => {
    const get = await serve(snapshot())
    expect((await get('//')).status).toBeLessThan(500)
    expect((await get('/readyz')).status).toBe(200)
  })

  it('shows the whole run in /status, without a secret', async () => {
    const get = await serve(snapshot({ components: pxfDown, phase: 'degraded' }))
    const text = await (await get('/status')).text()
    expect(JSON.parse(text)).toMatchObject({
      ok: false,
      phase: 'degraded',
      versions: { supervisor: '0.1.0' },
    })
    expect(text).not.toContain('hidden-secret')
  })

  it('shows the runs as they are given, without a look at the disk', async () => {
    const get = await serve(snapshot())
    expect(await (await get('/history')).json()).toEqual({ runs: [past] })
  })

  it('gives metrics in the text format of Prometheus', async () => {
    const get = await serve(snapshot({ phase: 'degraded', components: pxfDown }))
    const response = await get('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(text).toContain('gp_supervisor_phase{phase="degraded"} 1\n')
    expect(text).toContain('gp_supervisor_component_state{component="pxf",state="pending"} 1\n')
    expect(text).toContain('gp_supervisor_startup_seconds 37.7\n')
  })

  it('answers / with the page, and HEAD with its head alone', async () => {
    const get = await serve(snapshot())
    const response = await get('/')
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toMatch(/^<!doctype html>/)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(text)),
    })
    const head = await get('/', { method: 'HEAD' })
    expect([await head.text(), head.headers.get('content-length')]).toEqual([
      '',
      String(Buffer.byteLength(text)),
    ])
    const events = await get('/events', { method: 'HEAD' })
    expect(events.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  })

  it('allows the page its own script and style, by their hashes, and nothing else', async () => {
    const get = await serve(snapshot())
    const response = await get('/')
    const text = await response.text()
    const hashOf = (element: string) => {
      const [, content = ''] = text.split(new RegExp(`</?${element}>`))
      expect(content.length).toBeGreaterThan(1000)
      return createHash('sha256').update(content).digest('base64')
    }
    expect(response.headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'sha256-${hashOf('script')}'`,
      `style-src 'sha256-${hashOf('style')}'`,
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|https?:\/\/(?!www\.w3\.org\/2000\/svg)/,
    )
  })

  it.each([
    ['/', 421],
    ['/events', 421],
    ['/status', 421],
    ['/history', 421],
    ['/readyz', 200],
    ['/metrics', 200],
  ])('asked for %s under the name of a stranger, answers %i', async (path, expected) => {
    await serve(snapshot())
    const headers = { host: 'rebound.example.com:8008' }
    const request = ask({ port: server?.port, host: '127.0.0.1', path, headers })
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    const text = (await response.toArray()).join('')
    expect(response.statusCode).toBe(expected)
    expect(text.includes('is not shown under the public name rebound.example.com:8008')).toBe(
      expected === 421,
    )
  })

  it('sends the state as events until it closes', async () => {
    const get = await serve(snapshot())
    const response = await get('/events')
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    await server?.close()
    expect(await response.text()).toBe('retry: 2000\n\ndata: {}\n\n')
  })

  it('says why there are no metrics', async () => {
    server = await listen(
      { host: '127.0.0.1', port: 0 },
      {
        snapshot,
        history: () => [],
        events: createEvents(() => '{}'),
        lastMoveMs: () => 0,
        metrics: () => Promise.reject(new Error('out of numbers')),
        onError: () => {},
      },
    )
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`)
    expect([response.status, await response.json()]).toEqual([500, { error: 'out of numbers' }])
  })

  it('names the port that another program has, and the variable that changes it', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const taken = listen(
      { host: '127.0.0.1', port },
      {
        snapshot,
        history: () => [],
        lastMoveMs: () => 0,
        metrics: async () => '',
        events: createEvents(() => '{}'),
        onError: () => {},
      },
    )
    await expect(taken).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port} for health checks: another program uses the port; set HEALTH_PORT or HEALTH_HOST`,
    )
    await new Promise((resolve) => other.close(resolve))
  })
})
