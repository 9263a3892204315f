/** The probe that Docker runs, against a small server here: no supervisor, no database. */
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'
import { afterEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../healthcheck/gp-healthcheck', import.meta.url))

/** The script is for the image's bash (4.4 and later); the one of macOS is older. */
const bashVersion = execaSync('/bin/bash', ['-c', 'echo ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}'], {
  reject: false,
}).stdout
const bashIsOld = Number.parseFloat(bashVersion || '0') < 4.4

const releases: (() => void)[] = []
afterEach(() => {
  for (const release of releases.splice(0).toReversed()) release()
})

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  releases.push(() => server.close())
  return (server.address() as AddressInfo).port
}

const httpServer = (listener: RequestListener, host?: string): Promise<number> =>
  listen(createHttpServer(listener), host)

/** As `docker exec` does it: nothing of this process's environment. */
const probe = (environment: Record<string, string | number>, ...argv: string[]) =>
  execa(script, argv, {
    env: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    extendEnv: false,
    reject: false,
    timeout: 10_000,
  })

describe.skipIf(bashIsOld)('gp-healthcheck', () => {
  it('exits 0 when the supervisor is ready, and asks for plain text', async () => {
    const asked: (string | undefined)[] = []
    const port = await httpServer((request, response) => {
      asked.push(request.method, request.url, request.headers.accept, request.headers.host)
      response.end('ready\n')
    })
    const { exitCode, stdout, stderr } = await probe({ HEALTH_PORT: port })
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'ready', stderr: '' })
    expect(asked).toEqual(['GET', '/readyz', 'text/plain', `127.0.0.1:${port}`])
  })

  it('exits 1 and prints every reason when the supervisor is not ready', async () => {
    const port = await httpServer((_request, response) => {
      response.statusCode = 503
      response.write('gpdb: segments have not answered for 12 s\n')
      response.end('pxf: nothing listens on port 5888; see /data/pxf/logs\n')
    })
    const { exitCode, stdout } = await probe({ HEALTH_PORT: port })
    expect(exitCode).toBe(1)
    expect(stdout.split('\n')).toEqual([
      'gpdb: segments have not answered for 12 s',
      'pxf: nothing listens on port 5888; see /data/pxf/logs',
    ])
  })

  it.each([
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok (rea'],
    ['in its head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ])('takes an answer that was cut off %s for none', async (_, half) => {
    const port = await listen(createTcpServer((socket) => socket.end(half)))
    const { exitCode, stderr } = await probe({ HEALTH_PORT: port })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`the answer of http://127.0.0.1:${port}/readyz was cut off`)
  })

  it('says which address answered when there is no reason in the answer', async () => {
    const port = await httpServer((_request, response) => {
      response.statusCode = 500
      response.end()
    })
    const { exitCode, stderr } = await probe({ HEALTH_PORT: port })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`http://127.0.0.1:${port}/readyz answered 500 without a reason`)
  })

  it.each(['gpdb', 'pxf', 'extensions'])('asks for %s alone', async (component) => {
    const asked: (string | undefined)[] = []
    const port = await httpServer((request, response) => {
      asked.push(request.url)
      response.end('ready\n')
    })
    expect((await probe({ HEALTH_PORT: port }, '--for', component)).exitCode).toBe(0)
    expect((await probe({ HEALTH_PORT: port }, `--for=${component}`)).exitCode).toBe(0)
    expect(asked).toEqual([`/readyz?for=${component}`, `/readyz?for=${component}`])
  })

  it('gives up in bounded time when nobody answers', async () => {
    const port = await listen(createTcpServer((socket) => releases.push(() => socket.destroy())))
    const { exitCode, stderr, durationMs } = await probe({ HEALTH_PORT: port }, '--timeout', '1')
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`no answer from http://127.0.0.1:${port}/readyz within 1 s`)
    expect(durationMs).toBeGreaterThan(900)
    expect(durationMs).toBeLessThan(4000)
  })

  it('gives up in bounded time when an answer begins and never ends', async () => {
    const port = await httpServer((_request, response) => response.write('gpdb: '))
    const { exitCode, stderr } = await probe({ HEALTH_PORT: port }, '--timeout', '1')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('within 1 s')
  })

  it('asks whether the supervisor runs when nothing listens', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    server.close()
    await once(server, 'close')
    const { exitCode, stderr } = await probe({ HEALTH_PORT: port })
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      `gp-healthcheck: cannot reach http://127.0.0.1:${port}/readyz (Connection refused): is gp-supervisor running?`,
    )
  })

  it('names a server that speaks no HTTP as one it cannot reach', async () => {
    const port = await listen(createTcpServer((socket) => socket.end()))
    const { exitCode, stderr } = await probe({ HEALTH_PORT: port })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('is gp-supervisor running?')
  })

  it('reaches a supervisor that listens on every address', async () => {
    const port = await httpServer((_request, response) => response.end('ready\n'), '0.0.0.0')
    expect((await probe({ HEALTH_HOST: '0.0.0.0', HEALTH_PORT: port })).exitCode).toBe(0)
  })

  it('reaches a supervisor on an IPv6 address, with or without brackets', async ({ skip }) => {
    const hosts: (string | undefined)[] = []
    const server = createHttpServer((request, response) => {
      hosts.push(request.headers.host)
      response.end('ready\n')
    })
    const port = await listen(server, '::1').catch(() => skip('this machine has no IPv6'))
    for (const host of ['::1', '[::1]', '::']) {
      expect((await probe({ HEALTH_HOST: host, HEALTH_PORT: port })).exitCode).toBe(0)
    }
    expect(new Set(hosts)).toEqual(new Set([`[::1]:${port}`]))
  })

  it.each([
    [['--for', 'a&b'], {}, '--for takes a component, such as gpdb, pxf or extensions, not "a&b"'],
    [['--for'], {}, '--for takes a component, such as gpdb, pxf or extensions, not ""'],
    [['--timeout', '0'], {}, '--timeout takes whole seconds from 1 to 60, not "0"'],
    [['--verbose'], {}, 'unknown argument "--verbose"'],
    [[], { HEALTH_PORT: '80080' }, 'HEALTH_PORT is "80080"; allowed: a port number, 1 to 65535'],
    [[], { HEALTH_HOST: 'a/b' }, 'HEALTH_HOST is "a/b"; allowed: an address or a host name'],
  ] as const)('refuses %j %j with exit code 1, never 2', async (argv, environment, message) => {
    const { exitCode, stderr } = await probe(environment, ...argv)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
  })
})
