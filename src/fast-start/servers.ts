/** Starts and stops single servers by pg_ctl, with the options of gpstart. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunTool } from '../children/tool.ts'
import type { ImageProfile } from '../image/profile.ts'
import { observePostmaster } from '../greenplum/data-directories.ts'
import { pgCtlStop } from '../greenplum/pg-ctl.ts'
import { readTitles } from '../greenplum/processes.ts'
import { isSecretName } from '../logging/mask.ts'
import { readTail } from '../regular-file.ts'
import { seconds, sleep, waitUntil } from '../time.ts'

export interface Server {
  readonly directory: string
  readonly isCoordinator: boolean
  readonly port: number
}

export interface ServerPorts {
  readonly profile: ImageProfile
  /** Of the tools. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

/** Crash recovery takes as long as it takes. pg_ctl counts in tenths of a second, in an int. */
const longestStartSeconds = 7 * 24 * 3600
const progressMs = 5000
/** Between the launch of a server and its pid file. */
const visibleMs = 5000
const stopSeconds = 60

/** @throws if the server does not start, with the last lines of its log */
export async function startServer(server: Server, era: string, ports: ServerPorts): Promise<void> {
  const { profile, runTool, signal, toolEnvironment } = ports
  const { directory, isCoordinator, port } = server
  const options = isCoordinator ? profile.serverOptions.coordinator : profile.serverOptions.segment
  const logDirectory = join(directory, profile.logFolder)
  await mkdir(logDirectory, { recursive: true, mode: 0o700 })
  const log = join(logDirectory, 'startup.log')
  const ended = new AbortController()
  const progress = reportProgress(server, ports, ended.signal)
  const result = await runTool({
    command: 'pg_ctl',
    arguments: [
      'start',
      '-D',
      directory,
      '-l',
      log,
      '-w',
      '-t',
      `${longestStartSeconds}`,
      '-o',
      options(port),
    ],
    environment: { ...withoutSecrets(toolEnvironment), GPSESSID: '0000000000', GPERA: era },
    timeoutMs: longestStartSeconds * 1000,
    signal,
  })
  ended.abort()
  await progress
  // A pg_ctl that is cut off leaves the server that it has launched, which then has to be seen by who stops it.
  if (signal.aborted) {
    await waitUntil(async () => (await observePostmaster(directory)).state === 'alive', {
      ms: visibleMs,
      everyMs: 20,
    })
    throw new Error('interrupted')
  }
  if (!result.ok) {
    const { lines } = await readTail(log)
    throw new Error(`${directory} does not start: ${[result.failure, ...lines.slice(-3)].join(' | ')}`)
  }
}

/** gpstart starts segments over ssh, which passes on nothing of the container's environment. */
const withoutSecrets = (environment: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !isSecretName(name)))

async function reportProgress(
  { directory }: Server,
  { say }: ServerPorts,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now()
  for (;;) {
    await sleep(progressMs, signal)
    if (signal.aborted) return
    const recovery = await recoveryOf(directory).catch(() => undefined)
    say(
      `fast start: ${directory} is starting, for ${seconds(performance.now() - begin)} now${recovery === undefined ? '' : ` (${recovery})`}`,
    )
  }
}

/** The title of the process that recovers, such as `startup process   recovering 000000010000000000000003`. */
async function recoveryOf(directory: string): Promise<string | undefined> {
  const postmaster = await observePostmaster(directory)
  if (postmaster.state !== 'alive') return undefined
  const title = (await readTitles(postmaster.file.pid)).find((text) => /\bstartup\b/.test(text))
  return title === undefined ? undefined : /startup.*/.exec(title)?.[0]?.replaceAll(/\s+/g, ' ').trim()
}

/** @returns why it still runs, or may; undefined once it does not */
export async function stopServer(directory: string, ports: ServerPorts): Promise<string | undefined> {
  const failures: string[] = []
  for (const mode of ['fast', 'immediate'] as const) {
    const postmaster = await observePostmaster(directory)
    if (postmaster.state === 'none' || postmaster.state === 'dead') return undefined
    // Its pid file may name an unrelated process, which must not get the signal.
    if (postmaster.state === 'unknown')
      return `cannot tell whether the server in ${directory} is running: ${postmaster.reason}`
    const failure = await pgCtlStop(directory, { mode, seconds: stopSeconds }, ports)
    if (failure === '') return undefined
    failures.push(failure)
  }
  return failures.join('; ')
}
