import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { readActuator } from './actuator.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function read(answer: RequestListener, signal = new AbortController().signal): Promise<string> {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return readActuator((server.address() as AddressInfo).port, '/actuator/prometheus', signal)
}

it('the whole answer of PXF is read', async () => {
  const text = 'ä'.repeat(100_000)
  expect(await read((request, response) => response.end(request.url + text))).toBe(
    `/actuator/prometheus${text}`,
  )
})

it.each<[string, RequestListener, string]>([
  [
    'another status',
    (_, response) => response.writeHead(404).end('{}'),
    'PXF answers /actuator/prometheus with status 404',
  ],
  [
    'an answer without end',
    (_, response) => {
      const more = () => void response.write('x'.repeat(65_536), more)
      more()
    },
    'PXF answers /actuator/prometheus with too much',
  ],
  [
    'an answer that is cut off',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy())
    },
    'aborted',
  ],
])('%s is none', async (_what, answer, reason) => {
  await expect(read(answer)).rejects.toThrow(reason)
})

it.each<[string, RequestListener]>([
  ['does not answer', () => {}],
  ['does not end its answer', (_, response) => void response.write('half')],
])('a PXF that %s is given up with the signal', async (_what, answer) => {
  const signal = AbortSignal.timeout(200)
  await expect(read(answer, signal)).rejects.toThrow('aborted')
})
