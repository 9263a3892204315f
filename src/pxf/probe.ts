/** What can be seen of a running PXF: its pid file and its health endpoint. */
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { isAlive } from '../greenplum/processes.ts'
import { readRegular, readTail } from '../regular-file.ts'

/** The JVM by its pid file. `gone`: there is a file, and no such process. */
export type Jvm =
  | { readonly state: 'none' }
  | { readonly state: 'alive'; readonly pid: number }
  | { readonly state: 'gone'; readonly pid: number }

export async function observeJvm(base: string): Promise<Jvm> {
  const text = await readRegular(join(base, 'run/pxf-app.pid')).catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'none' }
  return (await isAlive(pid)) && (await looksLikePxf(pid)) ? { state: 'alive', pid } : { state: 'gone', pid }
}

/** In a new container the old pid may belong to anyone. PXF's command line names its own folders. */
async function looksLikePxf(pid: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.includes('pxf')
}

/** PXF answers in milliseconds; a long garbage collection may take a second. */
const healthTimeoutMs = 2000

/** Asks `/actuator/health`. True only for 200, which Spring Boot gives for status UP. */
export function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/actuator/health', agent: false, timeout: healthTimeoutMs },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

const tailLines = 12

/** The last lines of `logs/pxf-app.out`, where a JVM says why it did not start; it never throws. */
export async function startLogTail(base: string): Promise<string> {
  const path = join(base, 'logs/pxf-app.out')
  const { lines } = await readTail(path)
  return lines.length === 0 ? `${path} says nothing` : lines.slice(-tailLines).join('\n')
}
