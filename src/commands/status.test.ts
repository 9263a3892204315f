import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { finding } from '../findings/finding.ts'
import { createEvents } from '../health/events.ts'
import type { Snapshot } from '../health/report.ts'
import { listen } from '../health/server.ts'
import { initialComponents } from '../parts/all.ts'
import { health, status } from './status.ts'

const at = '2026-11-21T07:00:00.000Z'

function contextFor(port: number) {
  const printed: string[] = []
  const environment = { GREENPLUM_PASSWORD: 'x', HEALTH_PORT: String(port) }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  return { context: { config, environment, print: (text: string) => void printed.push(text) }, printed }
}

describe('health and status', () => {
  it('speak for a supervisor that runs', async () => {
    const { context, printed } = contextFor(0)
    const snapshot: Snapshot = {
      phase: 'starting',
      startedAt: at,
      wasReady: false,
      components: {
        ...initialComponents(context.config, at),
        protocols: {
          state: 'failed',
          since: at,
          reason: 'demo: its library is missing',
          attempts: 0,
          entries: [
            { name: 'demo', state: 'failed', at, reason: 'its library is missing' },
            { name: 'other', state: 'ready', at, reason: '' },
          ],
        },
      },
      timeline: [{ at, ms: 1234, event: 'start script runs' }],
      versions: { supervisor: '0.1.0' },
      previousStop: { kind: 'none' },
      counters: { pxfRestarts: 0, hbaRepairs: 0, becameReady: 0 },
      servers: [],
      seedDrift: [
        {
          ...finding('seeds.outdated', { text: 'lib/a.jar is older than the image', where: 'lib/a.jar' }),
          path: 'lib/a.jar',
          state: 'outdated',
        },
      ],
      findings: [finding('place.disk', { text: 'the disk is full', fix: 'make room' })],
    }
    const ports = {
      snapshot: () => snapshot,
      history: () => [],
      lastMoveMs: () => 0,
      metrics: async () => '',
      events: createEvents(() => '{}'),
      onError: () => {},
    }
    const server = await listen({ host: '127.0.0.1', port: 0 }, ports)
    const { context: asking, printed: answer } = contextFor(server.port)
    expect(await health(asking, undefined)).toBe(1)
    expect(answer.pop()).toContain('not ready (starting)\ngpdb: pending since')
    expect(await status(asking, false)).toBe(0)
    expect(answer.at(-1)).toContain(
      `  protocols  failed    since ${at}  demo: its library is missing\n` +
        `    demo: failed at ${at}  its library is missing\n    other: ready at ${at}\n`,
    )
    expect(answer.pop()).toMatch(
      /^phase: starting .*\n[^]*lib\/a\.jar is older[^]*\n {2}refuse: the disk is full; make room\nprevious stop: none; this volume had no run before\n[^]*1\.2 s {2}start script runs$/,
    )
    expect(await status(asking, true)).toBe(0)
    expect(JSON.parse(answer.pop() ?? '')).toMatchObject({ phase: 'starting' })
    await server.close()
    expect(printed).toEqual([])
  })

  it.each([
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nok (rea', 'its answer was cut off'],
    ['in its head', 'HTTP/1.1 200 OK\r\nContent-Le', 'socket hang up'],
  ])('take an answer that is cut off %s for none: 1, whatever its status says', async (_, half, why) => {
    const server = createServer((socket) => socket.once('data', () => socket.end(half)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { context, printed } = contextFor(port)
    expect([await health(context, undefined), await status(context, true)]).toEqual([1, 1])
    expect(new Set(printed)).toEqual(new Set([`cannot reach the supervisor on 127.0.0.1:${port}: ${why}`]))
    server.close()
  })

  it('answer 1 with the reason when none runs', async () => {
    const { context, printed } = contextFor(1)
    expect([await health(context, 'gpdb'), await status(context, false)]).toEqual([1, 1])
    expect(printed[0]).toBe(
      'cannot reach the supervisor on 127.0.0.1:1: nothing is listening there; is it running?',
    )
  })
})
