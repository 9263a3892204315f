/** Observes a running PXF by its pid file and its health endpoint. */
import { readFile, stat } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { reasonOf, unlessGone } from '../errors.ts'
import { isAlive } from '../greenplum/processes.ts'
import { readIfFile, readTail } from '../regular-file.ts'

/** The JVM by its pid file. `gone`: the file names a process that does not exist. `unknown`: it could not be read. */
export type Jvm =
  | { readonly state: 'none' }
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'alive'; readonly pid: number }
  | { readonly state: 'gone'; readonly pid: number }

/** Never throws. */
export async function observeJvm(base: string): Promise<Jvm> {
  try {
    return await lookAtJvm(base)
  } catch (error) {
    return { state: 'unknown', reason: reasonOf(error) }
  }
}

async function lookAtJvm(base: string): Promise<Jvm> {
  const text = await readIfFile(join(base, 'run/pxf-app.pid'))
  const pid = Number.parseInt(text ?? '', 10)
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'none' }
  return (await isAlive(pid)) && (await looksLikePxf(pid)) ? { state: 'alive', pid } : { state: 'gone', pid }
}

/** In a new container the old pid may belong to any process. PXF's command line contains its own directories. */
async function looksLikePxf(pid: number): Promise<boolean> {
  const commandLine = await unlessGone(readFile(`/proc/${pid}/cmdline`, 'utf8'))
  return commandLine?.includes('pxf') === true
}

/** PXF responds within milliseconds; a long garbage collection may take a second. */
const healthTimeoutMs = 2000

/** Queries `/actuator/health`. True only for 200, which Spring Boot returns for status UP. */
export const isHealthy = async (port: number): Promise<boolean> =>
  (await statusOf(port, '/actuator/health')) === 200

/**
 * The HTTP status of a path; undefined if there is no answer. Not by `fetch`, which needs WebAssembly and so does not
 * work without a compiler (docs/decisions/0001).
 */
export function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path, agent: false, timeout: healthTimeoutMs },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}

const tailLines = 12

const startLog = (base: string): string => join(base, 'logs/pxf-app.out')

/** Where what the next start writes will begin. Never throws. */
export const startLogEnd = (base: string): Promise<number> =>
  stat(startLog(base)).then(
    ({ size }) => size,
    () => 0,
  )

/**
 * The last lines of `logs/pxf-app.out`, where a JVM reports why it did not start, behind what earlier starts have
 * written. Never throws.
 */
export async function startLogTail(base: string, from = 0): Promise<string> {
  const path = startLog(base)
  const { lines, failure } = await readTail(path, from)
  if (failure !== undefined) return `${path} cannot be read: ${failure}`
  if (lines.length > 0) return lines.slice(-tailLines).join('\n')
  return from === 0 ? `${path} is empty` : `nothing was written to ${path}`
}
