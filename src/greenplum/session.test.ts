import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { sleep } from '../time.ts'
import { withSession } from './session.ts'

/** Lets anybody in, answers nothing more, and stays when it is told to go. */
const clingy = (socket: Socket) =>
  socket.once('data', () => {
    const authenticated = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])
    socket.write(Buffer.concat([authenticated, Buffer.from([0x5a, 0, 0, 0, 5, 0x49])]))
  })

it('does not wait for a server that hangs at the farewell', async () => {
  const server = createServer({ allowHalfOpen: true }, clingy).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const target = { host: '127.0.0.1', port, user: 'u', database: 'd' }
  expect(await Promise.race([withSession(target, async () => 'done'), sleep(4000)])).toBe('done')
  server.close()
})

it('waits for a silent server also where the time is longer than Node can hold', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = new AbortController()
  const target = { host: '127.0.0.1', port, user: 'u', database: 'd' }
  const session = withSession(target, async () => 'done', { signal: stop.signal, timeoutMs: 2 ** 31 })
  const outcome = session.catch((error: unknown) => error)
  // Nothing is to happen: a time that Node cannot hold would be over at once.
  expect(await Promise.race([outcome, sleep(100)])).toBeUndefined()
  stop.abort(new Error('enough'))
  expect(await outcome).toEqual(new Error('enough'))
  server.close()
})
