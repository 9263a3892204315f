import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { askPxf } from '../pxf/request.ts'
import { loginOf, tryLogins } from './logins.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Said = { readonly status: number; readonly message: string } | undefined

/** A PXF that is up and says this; to undefined it never answers. */
async function pxf(say: (headers: IncomingHttpHeaders) => Said): Promise<{ port: number; user: string }> {
  const server = createServer((request, response) => {
    if (request.url === '/actuator/health') return void response.end('{}')
    const said = say(request.headers)
    if (said === undefined) return
    response
      .writeHead(said.status)
      .end(JSON.stringify({ error: 'Internal Server Error', message: said.message }))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as { port: number }).port, user: 'gpadmin' }
}

const noTable = {
  status: 500,
  message: 'ERROR: relation "gp_supervisor_login_check" does not exist\n  Position: 15',
}
const wrongPassword = (alias: unknown) => ({
  status: 500,
  message: `Could not obtain datasource for server ${String(alias)} and PoolDescriptor{password=***} : Failed to initialize pool: FATAL: password authentication failed for user "u"`,
})

describe('a login through PXF', () => {
  it('is asked for server by server, under a name of its own, and with no credential', async () => {
    const seen: IncomingHttpHeaders[] = []
    const service = await pxf((headers) => {
      seen.push(headers)
      return headers['x-gp-options-config'] === 'a%20b'
        ? noTable
        : wrongPassword(headers['x-gp-options-server'])
    })
    const logins = await tryLogins(service, ['a b', 'other'])
    expect(logins.get('a b')).toEqual({ kind: 'in' })
    // The name that was asked under is nobody's business.
    expect(logins.get('other')).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/for server other and .*password authentication failed/) as string,
    })
    expect(seen[0]).toMatchObject({
      'x-gp-options-profile': 'jdbc',
      'x-gp-options-server': expect.stringMatching(/^gp_supervisor_\d+$/) as string,
      'x-gp-encoded-header-values': 'true',
      'x-gp-format': 'GPDBWritable',
      'x-gp-user': 'gpadmin',
    })
    expect(Object.keys(seen[0] ?? {}).join(' ')).not.toMatch(/pass|secret/i)
  })

  it('is asked for again under a new name where the pool of the first hangs', async () => {
    const names: unknown[] = []
    const service = await pxf((headers) => {
      names.push(headers['x-gp-options-server'])
      return names.length === 1 ? undefined : wrongPassword(names[1])
    })
    expect((await tryLogins(service, ['db'], { limitMs: 5000, hangsMs: 200 })).get('db')).toMatchObject({
      kind: 'refused',
    })
    expect(names[1]).toMatch(/^gp_supervisor_at_\d+$/)
  })

  it('is given up after a while', async () => {
    const began = performance.now()
    const service = await pxf(() => undefined)
    expect((await tryLogins(service, ['db'], { limitMs: 600, hangsMs: 200 })).get('db')).toEqual({
      kind: 'silence',
      reason: 'no response within 0.6 s',
    })
    expect(performance.now() - began).toBeLessThan(2000)
  })

  it('is not tried where PXF does not respond', async () => {
    const service = await pxf(() => noTable)
    servers[0]?.close()
    expect(await tryLogins(service, ['db'])).toEqual(
      new Map([['db', { kind: 'untried', reason: 'PXF does not respond' }]]),
    )
  })

  it('speaks the version of the protocol that PXF wants', async () => {
    const versions: unknown[] = []
    const service = await pxf((headers) => {
      versions.push(headers['x-gp-pxf-api-version'])
      return versions.length === 1
        ? { status: 500, message: 'API version mismatch; server implements v17 and client implements v16' }
        : noTable
    })
    expect((await tryLogins(service, ['db'])).get('db')).toEqual({ kind: 'in' })
    expect(versions).toEqual(['16', '17'])
  })

  it.each([
    ['rows', { kind: 'rows' }],
    ['another dialect', { kind: 'error', message: "Invalid object name 'GP_SUPERVISOR_LOGIN_CHECK'." }],
    ['Oracle', { kind: 'error', message: 'ORA-00942: table or view does not exist' }],
  ] as const)('went well: %s', (_, answer) => {
    expect(loginOf(answer, { alias: 'x', server: 'db' })).toEqual({ kind: 'in' })
  })

  it('reads no more of an answer than an error needs', async () => {
    const service = await pxf(() => ({ status: 500, message: 'x'.repeat(1_000_000) }))
    const question = { resource: 't', options: {}, format: undefined, timeoutMs: 5000 } as const
    expect(await askPxf(service, question)).toEqual({ kind: 'error', message: 'HTTP status 500' })
  })
})
