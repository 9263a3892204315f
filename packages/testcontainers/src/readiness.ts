/**
 * Waits until Greenplum, PXF and everything else of the image is ready, for testcontainers. Ready is what the image
 * says: the line `ready` of its log, or its health check, where the log has another format or level. The port alone
 * would be too early. A container that has ended, or a component that has failed for good, ends the wait at once.
 */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { getContainerRuntimeClient, type ContainerRuntimeClient, type WaitStrategy } from 'testcontainers'
import { emptyDigest, withLine, type LogDigest } from './log-digest.ts'
import { hasGivenUp, startError, type Failure } from './start-failure.ts'

/**
 * The start period of the image's own health check. A first start takes seconds with a prepared cluster, half a minute
 * without, and minutes on a slow machine. Failures end the wait earlier.
 */
export const defaultStartupTimeoutMs = 300_000

/** How often Docker is asked; the log comes by itself. */
const pollMs = 500
/** For the rest of the log, once the container has ended. */
const drainMs = 3000

type Container = Parameters<WaitStrategy['waitUntilReady']>[0]

export class Readiness implements WaitStrategy {
  readonly #image: string
  #timeoutMs = defaultStartupTimeoutMs
  #timeoutSet = false

  constructor(image: string) {
    this.#image = image
  }

  /** @throws StartError with the reason that the image gives */
  async waitUntilReady(container: Container): Promise<void> {
    const client = await getContainerRuntimeClient()
    const log = await logOfRun(client, container)
    try {
      const failure = await this.#untilReady(client, container, log)
      if (failure === undefined) return
      if (failure.kind === 'ended') await Promise.race([log.ended, pause(drainMs)])
      throw startError(this.#image, failure, log.digest())
    } finally {
      log.close()
    }
  }

  async #untilReady(
    client: ContainerRuntimeClient,
    container: Container,
    log: FollowedLog,
  ): Promise<Failure | undefined> {
    const limit = Date.now() + this.#timeoutMs
    while (!log.digest().isReady) {
      const { State: state } = await client.container.inspect(container)
      const probe = state.Health?.Log.at(-1)?.Output.trim() ?? ''
      if (!state.Running) return { kind: 'ended', exitCode: state.ExitCode, outOfMemory: state.OOMKilled }
      if (state.Health?.Status === 'healthy') return undefined
      if (hasGivenUp(probe)) return { kind: 'gave-up', probe }
      if (Date.now() >= limit) return { kind: 'timeout', ms: this.#timeoutMs, probe }
      await Promise.race([log.ready, pause(pollMs)])
    }
    return undefined
  }

  withStartupTimeout(startupTimeoutMs: number): this {
    this.#timeoutMs = startupTimeoutMs
    this.#timeoutSet = true
    return this
  }

  isStartupTimeoutSet(): boolean {
    return this.#timeoutSet
  }

  getStartupTimeout(): number {
    return this.#timeoutMs
  }
}

/** What a container that could not even be waited for has left. */
export async function failureOf(
  image: string,
  id: string,
  client: ContainerRuntimeClient,
): Promise<Error | undefined> {
  const container = client.container.getById(id)
  const { State: state } = await client.container.inspect(container)
  if (state.Running || state.Status === 'created') return undefined
  const log = await logOfRun(client, container)
  await Promise.race([log.ended, pause(drainMs)])
  log.close()
  const failure = { kind: 'ended', exitCode: state.ExitCode, outOfMemory: state.OOMKilled } as const
  return startError(image, failure, log.digest())
}

interface FollowedLog {
  readonly digest: () => LogDigest
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly close: () => void
}

/** From the start of the container on: the log of one that is restarted, or reused, has earlier runs as well. */
async function logOfRun(client: ContainerRuntimeClient, container: Container): Promise<FollowedLog> {
  const { State: state } = await client.container.inspect(container)
  const since = Math.max(0, Date.parse(state.StartedAt) / 1000)
  return follow(await client.container.logs(container, { since }))
}

function follow(stream: Readable): FollowedLog {
  let digest = emptyDigest
  const [ready, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  createInterface({ input: stream, crlfDelay: Infinity })
    .on('line', (line) => {
      digest = withLine(digest, line)
      if (digest.isReady) ready.resolve()
    })
    .on('close', ended.resolve)
  // A broken stream is the end of the log; the container itself is asked by other means.
  stream.on('error', ended.resolve)
  return { digest: () => digest, ready: ready.promise, ended: ended.promise, close: () => stream.destroy() }
}
