import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { sleep } from '../time.ts'
import { withSession } from './session.ts'

it('waits for a silent server also where the time is longer than Node can hold', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = new AbortController()
  const target = { host: '127.0.0.1', port, user: 'u', database: 'd' }
  const session = withSession(target, async () => 'done', { signal: stop.signal, timeoutMs: 2 ** 31 })
  const outcome = session.catch((error: unknown) => error)
  expect(await Promise.race([outcome, sleep(100)])).toBeUndefined()
  stop.abort(new Error('enough'))
  expect(await outcome).toEqual(new Error('enough'))
  server.close()
})
