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

/** What the JVM itself prints, and what the application logs. */
const startLogs = { output: 'logs/pxf-app.out', service: 'logs/pxf-service.log' } as const

/** How many bytes each of them has, and so where what the next start writes will begin. */
export type StartMarks = Readonly<Record<keyof typeof startLogs, number>>

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** Never throws. */
export async function markStartLogs(base: string): Promise<StartMarks> {
  const [output, service] = await Promise.all(
    [startLogs.output, startLogs.service].map((name) => sizeOf(join(base, name))),
  )
  return { output: output ?? 0, service: service ?? 0 }
}

/**
 * What a start says of its end, behind what earlier starts have written: the description in which Spring Boot sums up
 * why an application did not start, or else the last lines of `logs/pxf-app.out`. Never throws.
 */
export async function startFailure(base: string, marks: StartMarks): Promise<string> {
  const described = description((await readTail(join(base, startLogs.service), marks.service)).lines)
  if (described !== '') return described
  const path = join(base, startLogs.output)
  const { lines, failure } = await readTail(path, marks.output)
  if (failure !== undefined) return `${path} cannot be read: ${failure}`
  if (lines.length > 0) return lines.slice(-tailLines).join('\n')
  return marks.output === 0 ? `${path} is empty` : `nothing was written to ${path}`
}

/** As Spring Boot's LoggingFailureAnalysisReporter writes it, without empty lines. */
function description(lines: readonly string[]): string {
  const said = lines.slice(lines.findLastIndex((line) => line.includes('APPLICATION FAILED TO START')) + 1)
  const begin = said.findIndex((line) => line.trim() === 'Description:')
  if (said.length === lines.length || begin === -1) return ''
  const end = said.findIndex((line) => line.trim() === 'Action:')
  return said
    .slice(begin + 1, end === -1 ? undefined : end)
    .slice(0, tailLines)
    .join('\n')
}
