/**
 * Gives an empty volume the prepared cluster, in place of gpinitsystem. It is unpacked beside its place, becomes the one
 * of this host there, is shut down again, and only then renamed: the segments first, the coordinator last, by which the
 * start script recognizes a cluster. Whatever ends this program on the way, the marker on the volume says that a first
 * start has not finished (volume/state.ts), so the next one moves it aside and begins again.
 */
import { mkdir, rm } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { runTool } from '../children/tool.ts'
import type { Config, Environment } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import { stagingDirectory } from '../volume/state.ts'
import { readArchive, type Archive } from './archive.ts'
import { becomeOurs } from './become-ours.ts'
import { hostFacts } from './facts.ts'
import { reasonAgainst } from './judge.ts'
import { beginSync, noteAdoption } from './durable.ts'
import { moveServers } from './place.ts'
import { systemEnvironment } from './image-facts.ts'
import { unpack } from './tar.ts'

export interface Adoption {
  readonly config: Config
  readonly configurationFile: string
  readonly hostname: string
  readonly environment: Environment
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly now: string
  readonly say: (text: string) => void
}

/** `unsuited`: nothing was written. `failed`: everything that was written has been removed. */
export type Outcome =
  | { readonly kind: 'adopted' }
  | { readonly kind: 'unsuited'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

export async function adoptPreparedCluster(adoption: Adoption): Promise<Outcome> {
  const { config } = adoption
  if (!config.prepared.enabled) return { kind: 'unsuited', reason: `${config.prepared.variable}=off` }
  let archive: Archive | undefined
  let reason: string | undefined
  try {
    archive = await readArchive(config.prepared.file)
    if (archive === undefined) return { kind: 'unsuited', reason: `there is none (${config.prepared.file})` }
    const { manifest } = archive
    const facts = await hostFacts({ ...adoption, manifest }, config.greenplum, { ...adoption, runTool })
    reason = reasonAgainst(manifest, facts, config)
  } catch (error) {
    reason = reasonOf(error)
  }
  if (archive === undefined || reason !== undefined) return { kind: 'unsuited', reason: reason ?? '' }
  return putIntoPlace(archive, adoption)
}

async function putIntoPlace(archive: Archive, adoption: Adoption): Promise<Outcome> {
  const { config, now, toolEnvironment } = adoption
  const { dataDirectory } = config.greenplum
  const staging = stagingDirectory(dataDirectory)
  const { servers, packedAt, systemIdentifier } = archive.manifest
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { recursive: true, mode: 0o700 })
    await timed('unpacked', adoption, () => unpackAll(archive, staging, adoption))
    await timed('made the one of this host', adoption, () =>
      becomeOurs(archive.manifest, staging, { ...adoption, addresses: ownAddresses() }),
    )
    await noteAdoption(dataDirectory, { at: now, packedAt, systemIdentifier })
    const paths = servers.map(({ path }) => path)
    await moveServers(paths, staging, dataDirectory)
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => {})
    return { kind: 'failed', reason: reasonOf(error) }
  }
  // What is left of it is empty folders.
  await rm(staging, { recursive: true, force: true }).catch(() => {})
  beginSync(dataDirectory, systemEnvironment(toolEnvironment))
  return { kind: 'adopted' }
}

async function unpackAll(
  { path, manifest, offset }: Archive,
  staging: string,
  { toolEnvironment }: Adoption,
) {
  let start = offset
  const parts = manifest.servers.map((server) => {
    const part = { path, offset: start, length: server.length, sha256: server.sha256, name: server.path }
    start += server.length
    return part
  })
  // All of them, so that nothing writes into the folder once it is removed.
  const ends = await Promise.allSettled(
    parts.map((part) =>
      unpack(part, staging, systemEnvironment(toolEnvironment)).catch((error: unknown) => {
        throw new Error(`cannot unpack ${part.name} from ${path}: ${reasonOf(error)}`)
      }),
    ),
  )
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function timed(what: string, { say }: Adoption, work: () => Promise<unknown>): Promise<void> {
  const begin = performance.now()
  await work()
  say(`prepared cluster: ${what} in ${((performance.now() - begin) / 1000).toFixed(1)} s`)
}

/** Those that gpinitsystem would find. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  const ours = all.filter(({ internal }) => !internal).map(({ address }) => address)
  return ours.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')))
}
