/** Reads what PXF says of itself over HTTP. */
import { get } from 'node:http'

/** PXF has 20 KB when idle. Its labels name users, segments, profiles and servers, so that it may be more. */
const mostBytes = 2 * 1024 * 1024

/** @throws if there is no whole answer with status 200 before the signal aborts */
export function readActuator(port: number, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, signal }, (response) => {
      if (response.statusCode !== 200)
        return void request.destroy(new Error(`PXF answers ${path} with status ${response.statusCode}`))
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > mostBytes) request.destroy(new Error(`PXF answers ${path} with too much`))
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
