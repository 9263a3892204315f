/**
 * Reads the seed files of the image: the seed directory, which mirrors PXF_BASE, and PXF's own templates for `conf/`.
 * Everything is rendered and checked here. Faults are collected, not thrown.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { FileContent } from '../atomic-file.ts'
import type { Environment } from '../config/config.ts'
import { directoriesOf } from './directories.ts'
import { imageFault, type SeedFault } from './faults.ts'
import { listFolder, unreadable, type ListedFile } from './folders.ts'
import type { ImageFile } from './plan.ts'
import { pxfEnvPath, withJvmOptions } from './pxf-env.ts'
import { renderSite, strayPlaceholder, type LineFault, type Unfilled } from './render.ts'
import { xmlFault } from './xml.ts'

export interface SeedFile extends ImageFile {
  readonly mode: number
  readonly size: number
  /** Contains values from the environment. */
  readonly secret: boolean
  /** Required variables that are not set; without them it cannot be written. */
  readonly lacks: readonly string[]
  /** Read only when it is written, because JARs are large. */
  readonly content: () => FileContent
}

export interface SeedImage {
  readonly files: readonly SeedFile[]
  readonly directories: readonly string[]
  readonly faults: readonly SeedFault[]
  /** Placeholders that cannot be filled in; a fault only if the file would be written. */
  readonly unfilled: readonly SeedFault[]
}

export interface ImageSources {
  readonly seedDir: string
  readonly confSeedDir: string
  readonly environment: Environment
  readonly jvmOptions: string
}

export async function readImage(sources: ImageSources): Promise<SeedImage> {
  const seed = await listFolder({
    variable: 'PXF_SEED_DIR',
    folder: sources.seedDir,
    into: '',
    closed: true,
  })
  const conf = await listFolder({
    variable: 'PXF_CONF_SEED_DIR',
    folder: sources.confSeedDir,
    into: 'conf/',
    closed: false,
  })
  const chosen = new Map([...conf.files, ...seed.files].map((file) => [file.path, file]))
  const directories = directoriesOf([...chosen.keys()], seed.directories)
  const found = {
    files: new Array<SeedFile>(),
    directories,
    faults: [...seed.faults, ...conf.faults],
    unfilled: new Array<SeedFault>(),
  }
  for (const [, file] of [...chosen].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const fault = misplaced(file, directories)
    if (fault === undefined) await readSeed(file, sources, found)
    else found.faults.push(fault)
  }
  return found
}

function misplaced({ path, name }: ListedFile, directories: readonly string[]): SeedFault | undefined {
  if (directories.includes(path))
    return imageFault(path, `${name}: a file where a directory must be`, 'rename or remove it')
  // A fault of the whole directory: the file name is not that of a server.
  if (/^servers\/[^/]+\.xml$/i.test(path))
    return imageFault('servers', `${name}: it belongs to no server`, 'put it into servers/<name>/')
  const ending = path.startsWith('servers/') ? /-(?:site|user)\.xml$/i.exec(path)?.[0] : undefined
  if (ending === undefined || ending === ending.toLowerCase()) return undefined
  const right = `${basename(path, ending)}${ending.toLowerCase()}`
  return imageFault(path, `${name}: PXF does not read a file of this name`, `rename it to ${right}`)
}

interface Found {
  readonly files: SeedFile[]
  readonly faults: SeedFault[]
  readonly unfilled: SeedFault[]
}

async function readSeed(listed: ListedFile, sources: ImageSources, found: Found): Promise<void> {
  const { path, name } = listed
  try {
    const { file, faults, unfilled } = await examine(listed, sources)
    const at = ({ line, reason }: LineFault) => `${name}, line ${line}: ${reason}`
    found.faults.push(...faults.map((fault) => imageFault(path, at(fault))))
    found.unfilled.push(
      ...unfilled.map((lack): SeedFault => ({
        path,
        text: at(lack),
        fix: `set ${lack.variable} in the environment of the container (an empty value will do), or give it a default in the image: \${env:${lack.variable}:-default}`,
        origin: 'environment',
      })),
    )
    if (faults.length === 0) found.files.push(file)
  } catch (error) {
    const { reason, what } = await unreadable(error)
    found.faults.push(imageFault(path, `${name}: ${reason}`, what))
  }
}

interface Examined {
  readonly file: SeedFile
  readonly faults: readonly LineFault[]
  readonly unfilled: readonly Unfilled[]
}

async function examine({ path, source }: ListedFile, sources: ImageSources): Promise<Examined> {
  const { mode, size } = await stat(source)
  // The owner must be able to replace it. Only permission bits are copied, no setuid and the like.
  const plain = { path, mode: (mode & 0o777) | 0o600, size, secret: false, lacks: [] }
  const sound = { faults: [], unfilled: [] }
  if (path !== pxfEnvPath && !/\.xml$/i.test(path)) {
    return { ...sound, file: { ...plain, sha256: await hashFile(source), content: () => chunksOf(source) } }
  }
  const bytes = await readFile(source)
  if (path === pxfEnvPath)
    return { ...sound, file: { ...plain, ...inMemory(withJvmOptions(bytes, sources.jvmOptions)) } }
  const site = isFilled(path) ? renderSite(bytes, sources.environment) : undefined
  // Elsewhere a ${env:…} may belong to another program, such as Log4j.
  const stray = site === undefined && path.startsWith('servers/') ? strayPlaceholder(bytes) : undefined
  const faults = [
    ...(site?.faults ?? []),
    ...(stray === undefined ? [] : [stray]),
    ...faultsOfXml(site?.masked ?? bytes, site?.content),
  ]
  if (site?.filled !== true) return { file: { ...plain, ...inMemory(bytes) }, faults, unfilled: [] }
  const { content, unfilled } = site
  const lacks = [...new Set(unfilled.map(({ variable }) => variable))]
  return { file: { ...plain, ...inMemory(content), mode: 0o600, secret: true, lacks }, faults, unfilled }
}

/** Site files, and the per-user files of a server. */
const isFilled = (path: string): boolean =>
  path.endsWith('-site.xml') || (path.startsWith('servers/') && path.endsWith('-user.xml'))

/** Checks the masked text, because a reason must never depend on a value. */
function faultsOfXml(masked: Uint8Array, filled: Uint8Array | undefined) {
  const fault = xmlFault(masked)
  if (fault !== undefined) return [fault]
  const line = filled === undefined ? undefined : xmlFault(filled)?.line
  return line === undefined ? [] : [{ line, reason: 'a ${env:…} outside of any value; move it into a value' }]
}

function inMemory(bytes: Uint8Array) {
  return { sha256: hashBytes(bytes), size: bytes.length, content: () => bytes }
}

/** Opens the file when the first part is read, and always closes it. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>
}

export const hashBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
