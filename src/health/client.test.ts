import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ask } from './client.ts'

let server: Server | undefined
let sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
})

/** Asks a server that does this with the connection once the request is there. */
async function askServer(reply: (socket: Socket) => void) {
  server = createServer((socket) => {
    sockets.push(socket)
    socket.once('data', () => reply(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, reply: ask({ host: '127.0.0.1', port }, '/status', 'application/json') }
}

const head = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'

describe('ask', { timeout: 20_000 }, () => {
  it('answers what the server says', async () => {
    const { reply } = await askServer((socket) => socket.end(`${head}0123456789`))
    expect(await reply).toEqual({ status: 200, text: '0123456789' })
  })

  it.each([
    ['in the body', `${head}01234`, 'its answer was cut off'],
    ['in the head', 'HTTP/1.1 200 OK\r\ncont', 'socket hang up'],
  ])('takes an answer that is cut off %s for none', async (_where, text, why) => {
    const { port, reply } = await askServer((socket) => socket.end(text))
    await expect(reply).rejects.toThrow(`cannot reach the supervisor on 127.0.0.1:${port}: ${why}`)
  })

  it('gives up after 3 s a server that answers drop by drop', async () => {
    const { reply } = await askServer((socket) => {
      socket.write(head)
      const timer = setInterval(() => socket.write('x'), 500)
      socket.on('close', () => clearInterval(timer))
    })
    await expect(reply).rejects.toThrow('no response within 3 s')
  })

  it('says that nothing listens', async () => {
    const { port, reply } = await askServer((socket) => socket.end())
    await reply.catch(() => {})
    server?.close()
    const again = ask({ host: '127.0.0.1', port }, '/status', 'application/json')
    await expect(again).rejects.toThrow('nothing is listening there; is it running?')
  })
})
