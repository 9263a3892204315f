/**
 * Inspects PXF_BASE without changing it: the directories that PXF needs, the existing files in place of the image's, and
 * the manifest of earlier seeding. Faults and warnings are collected, not thrown.
 */
import type { Stats } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { fixFor } from '../atomic-file.ts'
import { reasonOf, unlessAbsent } from '../errors.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { modeOfDirectory, otherMode } from './directories.ts'
import { serverOf, volumeFault, type SeedFault } from './faults.ts'
import { hashBytes, hashFile, type SeedImage } from './image.ts'
import { manifestName, parseManifest, type Manifest } from './manifest.ts'
import { locate, locateBase } from './paths.ts'
import type { VolumeFile } from './plan.ts'
import { pxfEnvPath, withJvmOptions } from './pxf-env.ts'

export interface FoundFile extends VolumeFile {
  readonly mode: number
  readonly amended?: Uint8Array
}

export interface PxfBase {
  /** PXF_BASE, with links resolved. */
  readonly base: string
  readonly files: ReadonlyMap<string, FoundFile>
  /** Where each file of the image is or would be, with links resolved. */
  readonly targets: ReadonlyMap<string, string>
  /** Parents before children. */
  readonly missingDirectories: readonly MissingDirectory[]
  readonly manifest: Manifest
  readonly manifestText: string | undefined
  readonly faults: readonly SeedFault[]
  readonly warnings: readonly Finding[]
}

export interface MissingDirectory {
  /** Below PXF_BASE; empty for PXF_BASE itself. */
  readonly path: string
  readonly target: string
  readonly mode: number
}

export async function readPxfBase(pxfBase: string, image: SeedImage, jvmOptions: string): Promise<PxfBase> {
  const found = {
    files: new Map<string, FoundFile>(),
    targets: new Map<string, string>(),
    missingDirectories: new Array<MissingDirectory>(),
    faults: new Array<SeedFault>(),
    warnings: new Array<Finding>(),
  }
  const result = (base: string, manifest: Manifest, manifestText?: string) => {
    return { ...found, base, manifest, manifestText }
  }
  const at = await locateBase(pxfBase)
  if ('fault' in at) {
    found.faults.push(volumeFault('', at.fault))
    return result(pxfBase, new Map())
  }
  const base = at.target
  if (at.stats === undefined) found.missingDirectories.push({ path: '', target: base, mode: otherMode })
  for (const path of image.directories) await readDirectory(base, path, found)
  for (const { path, secret } of image.files) {
    const file = await readFound(base, path, jvmOptions)
    if ('fault' in file) {
      found.faults.push(volumeFault(path, file.fault))
      continue
    }
    found.targets.set(path, file.target)
    if (file.found === undefined) continue
    found.files.set(path, file.found)
    if (secret && (file.found.mode & 0o077) !== 0) {
      found.warnings.push(
        openToOthers(path, {
          what: `${path} holds credentials and`,
          mode: file.found.mode,
          right: `600 ${file.target}`,
        }),
      )
    }
  }
  const { manifest, text } = await readManifest(base, found)
  // The files of a faulty server are not all known, so none of them can be called a leftover.
  const faulty = new Set([...image.faults, ...found.faults].map(({ path }) => serverOf(path)))
  const known = new Map(
    [...manifest].filter(([path]) => serverOf(path) === undefined || !faulty.has(serverOf(path))),
  )
  found.warnings.push(...(await leftovers(base, known, found.targets)))
  return result(base, manifest, text)
}

interface Complaints {
  readonly faults: SeedFault[]
  readonly warnings: Finding[]
}

/** A file or directory that other users can read. */
const openToOthers = (
  where: string,
  { what, mode, right }: { what: string; mode: number; right: string },
): Finding =>
  finding('seeds.readable', {
    text: `${what} is readable by other users (mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`,
    fix: `run "chmod ${right}"`,
    where,
  })

async function readDirectory(
  base: string,
  path: string,
  found: Complaints & { readonly missingDirectories: MissingDirectory[] },
): Promise<void> {
  const at = await locate(base, path)
  if ('fault' in at) found.faults.push(volumeFault(path, at.fault))
  else if (at.stats === undefined) {
    found.missingDirectories.push({ path, target: at.target, mode: modeOfDirectory(path) })
  } else if (!at.stats.isDirectory()) {
    found.faults.push(volumeFault(path, `${path}: a file where a directory should be; move it away`))
  } else if (path === 'keytabs' && (at.stats.mode & 0o077) !== 0) {
    found.warnings.push(openToOthers(path, { what: path, mode: at.stats.mode, right: `700 ${at.target}` }))
  }
}

async function readFound(
  base: string,
  path: string,
  jvmOptions: string,
): Promise<{ fault: string } | { target: string; found?: FoundFile }> {
  const at = await locate(base, path)
  if ('fault' in at) return at
  const { target, stats } = at
  if (stats === undefined) return { target }
  if (stats.isDirectory()) return { fault: `${path}: a directory where a file should be; move it away` }
  if (!stats.isFile()) return { fault: `${path}: neither a file nor a directory; remove it` }
  try {
    return { target, found: await examine(path, { target, stats }, jvmOptions) }
  } catch (error) {
    return { fault: `${path}: ${(await fixFor(error, target)) ?? reasonOf(error)}` }
  }
}

async function examine(
  path: string,
  { target, stats }: { readonly target: string; readonly stats: Stats },
  jvmOptions: string,
): Promise<FoundFile> {
  const mode = stats.mode & 0o7777
  if (path !== pxfEnvPath) return { sha256: await hashFile(target), mode }
  const bytes = await readFile(target)
  const amended = withJvmOptions(bytes, jvmOptions)
  const found = { sha256: hashBytes(bytes), mode }
  return amended.equals(bytes) ? found : { ...found, amended, amendedSha256: hashBytes(amended) }
}

/** An unusable manifest counts as none, in which case nothing is overwritten. */
async function readManifest(base: string, found: Complaints): Promise<{ manifest: Manifest; text?: string }> {
  const path = join(base, manifestName)
  const none: Manifest = new Map()
  const unusable = (cause: string) => {
    found.warnings.push(
      finding('seeds.manifest', {
        text: `${manifestName} cannot be used: earlier seeding is unknown, so files that differ count as edited`,
        cause,
        where: manifestName,
      }),
    )
    return { manifest: none }
  }
  let stats: Stats | undefined
  try {
    stats = await unlessAbsent(lstat(path))
  } catch (error) {
    return unusable(reasonOf(error))
  }
  if (stats === undefined) return { manifest: none }
  if (stats.isDirectory()) {
    found.faults.push(
      volumeFault(manifestName, `${manifestName}: a directory where a file should be; move it away`),
    )
    return { manifest: none }
  }
  const text = stats.isFile() ? await readFile(path, 'utf8').catch(() => undefined) : undefined
  const manifest = parseManifest(text ?? '')
  if (manifest !== undefined) return { manifest, ...(text === undefined ? {} : { text }) }
  return unusable('')
}

/** For example, a driver of an older image stays on PXF's class path next to the new one. */
async function leftovers(
  base: string,
  manifest: Manifest,
  image: ReadonlyMap<string, string>,
): Promise<Finding[]> {
  const warnings: Finding[] = []
  for (const path of manifest.keys()) {
    if (image.has(path) || path !== normalize(path) || /^(\/|\.\.)/.test(path)) continue
    if ((await lstat(join(base, path)).catch(() => undefined)) === undefined) continue
    warnings.push(
      finding('seeds.leftover', {
        text: `${path} came from an earlier image and is not in this one`,
        fix: 'delete it if nothing needs it',
        where: path,
      }),
    )
  }
  return warnings
}
