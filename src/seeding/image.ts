/**
 * Reads what the image has to seed: the seed folder, which mirrors PXF_BASE, and PXF's own templates for
 * `conf/`. Everything is rendered and checked here; every fault is collected, none thrown.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { listFolder, unreadable } from './folders.ts'
import type { ImageFile } from './plan.ts'
import { pxfEnvPath, withJvmOptions } from './pxf-env.ts'
import { renderSite, type Environment } from './render.ts'
import { xmlFault } from './xml.ts'

export interface SeedFile extends ImageFile {
  readonly mode: number
  readonly size: number
  /** Holds values of the environment. */
  readonly secret: boolean
  /** Read when it is needed: a JAR may be larger than all the rest of this program. */
  readonly content: () => Promise<Uint8Array>
}

export interface SeedImage {
  readonly files: readonly SeedFile[]
  readonly directories: readonly string[]
  readonly faults: readonly string[]
}

export interface ImageSources {
  readonly seedDir: string
  readonly confSeedDir: string
  readonly environment: Environment
  readonly jvmOptions: string
}

export async function readImage(sources: ImageSources): Promise<SeedImage> {
  const seed = await listFolder({ variable: 'PXF_SEED_DIR', folder: sources.seedDir, closed: true })
  const conf = await listFolder({ variable: 'PXF_CONF_SEED_DIR', folder: sources.confSeedDir, closed: false })
  const faults = [...seed.faults, ...conf.faults]
  const templates = conf.files.map(({ path, source }) => ({ path: `conf/${path}`, source }))
  const chosen = new Map([...templates, ...seed.files].map((file) => [file.path, file.source]))
  const files: SeedFile[] = []
  for (const [path, source] of [...chosen].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const file = await readSeed(path, source, sources).catch(async (error: unknown) => {
      return [`${path}: ${await unreadable(error)}`]
    })
    if (Array.isArray(file)) faults.push(...file)
    else files.push(file)
  }
  return { files, directories: seed.directories, faults }
}

/** @returns the faults instead, if there are any */
async function readSeed(path: string, source: string, sources: ImageSources): Promise<SeedFile | string[]> {
  const { mode, size } = await stat(source)
  // The owner must be able to replace it; bits beyond reading, writing and running have no place on a volume.
  const plain = { path, mode: (mode & 0o777) | 0o600, size, secret: false }
  if (path !== pxfEnvPath && !path.endsWith('.xml')) {
    return { ...plain, sha256: await hashFile(source), content: () => readFile(source) }
  }
  const bytes = await readFile(source)
  if (path === pxfEnvPath) return { ...plain, ...inMemory(withJvmOptions(bytes, sources.jvmOptions)) }
  const site = path.endsWith('-site.xml') ? renderSite(bytes, sources.environment) : undefined
  const faults = [...(site?.faults ?? []), ...faultsOfXml(site?.masked ?? bytes, site?.content)]
  if (faults.length > 0) return faults.map(({ line, reason }) => `${path}, line ${line}: ${reason}`)
  if (site?.filled !== true) return { ...plain, ...inMemory(bytes) }
  return { ...plain, ...inMemory(site.content), mode: 0o600, secret: true }
}

/** Complains about the masked text: a reason must never depend on a value. */
function faultsOfXml(masked: Uint8Array, filled: Uint8Array | undefined) {
  const fault = xmlFault(masked)
  if (fault !== undefined) return [fault]
  const line = filled === undefined ? undefined : xmlFault(filled)?.line
  return line === undefined ? [] : [{ line, reason: 'a ${env:…} outside of any value; move it into one' }]
}

function inMemory(bytes: Uint8Array) {
  return { sha256: hashBytes(bytes), size: bytes.length, content: () => Promise.resolve(bytes) }
}

export const hashBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
