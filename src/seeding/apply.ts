/**
 * Carries out the plan on the volume. It first checks for everything that would stop it halfway, then creates the
 * directories, writes the files, and finally the manifest.
 */
import { constants } from 'node:fs'
import { access, copyFile, link, mkdir, open, statfs } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileError, fixFor, replaceFile, syncDirectory } from '../atomic-file.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { volumeFault, type SeedFault } from './faults.ts'
import type { SeedFile, SeedImage } from './image.ts'
import { manifestName } from './manifest.ts'
import { existingPart } from './paths.ts'
import type { FoundFile, PxfBase } from './pxf-base.ts'

export interface PlannedWrite {
  readonly seed: SeedFile
  readonly target: string
  readonly found: FoundFile | undefined
  /** Add the program's own line to the existing file instead of writing the image's file. */
  readonly amend: boolean
  /** Where the old file is kept. */
  readonly backup?: string
}

export interface Work {
  readonly image: SeedImage
  readonly volume: PxfBase
  readonly writes: readonly PlannedWrite[]
  /** undefined if it needs no change. */
  readonly manifestText: string | undefined
}

export const isIdle = ({ volume, writes, manifestText }: Work): boolean =>
  writes.length === 0 && volume.missingDirectories.length === 0 && manifestText === undefined

/** What would stop the work halfway: links between files, missing permissions, too little disk space. */
export async function obstacles(work: Work): Promise<SeedFault[]> {
  if (isIdle(work)) return []
  return [...sharedTargets(work), ...(await refusals(work)), ...(await lackOfSpace(work))]
}

/** With a link between two servers, each start would overwrite a file of one with that of the other. */
function sharedTargets({ image, volume, writes }: Work): SeedFault[] {
  return writes.flatMap(({ seed, target }) => {
    const other = image.files.find(
      ({ path, sha256 }) => sha256 !== seed.sha256 && volume.targets.get(path) === target,
    )
    return other === undefined
      ? []
      : [
          volumeFault(
            seed.path,
            `${seed.path}: the same file as ${other.path}, through a link; remove the link`,
          ),
        ]
  })
}

async function refusals({ volume, writes, manifestText }: Work): Promise<SeedFault[]> {
  const holders = [
    ...writes.map(({ target }) => dirname(target)),
    ...volume.missingDirectories.map(({ target }) => dirname(target)),
    ...(manifestText === undefined ? [] : [volume.base]),
  ]
  const directories = new Set(await Promise.all(holders.map(existingPart)))
  const faults: SeedFault[] = []
  for (const directory of directories) {
    await access(directory, constants.W_OK | constants.X_OK).catch(async (error: unknown) => {
      const reason = (await fixFor(error, directory)) ?? reasonOf(error)
      faults.push(volumeFault(relative(volume.base, directory), `${directory}: ${reason}`))
    })
  }
  return faults
}

async function lackOfSpace({ volume, writes, manifestText }: Work): Promise<SeedFault[]> {
  const { bsize, blocks, bavail, files: inodes, ffree } = await statfs(await existingPart(volume.base))
  const sizes = [
    ...writes.map(({ seed, found, amend }) => (amend ? (found?.amended?.length ?? 0) : seed.size)),
    ...volume.missingDirectories.map(() => bsize),
    Buffer.byteLength(manifestText ?? ''),
  ]
  const needed = sizes.reduce((sum, size) => sum + Math.ceil(size / bsize), 0)
  // Some file systems report 0 blocks or inodes.
  const fits = (blocks === 0 || needed <= bavail) && (inodes === 0 || sizes.length <= ffree)
  const kilobytes = (count: number) => `${Math.ceil((count * bsize) / 1024)} kB`
  if (fits) return []
  const text =
    `${volume.base}: the volume is full (${kilobytes(needed)} in ${sizes.length} files to write, ` +
    `${kilobytes(bavail)} and ${ffree} inodes free); free space on it, or enlarge it`
  return [volumeFault('', text)]
}

/** @returns the backups, relative to PXF_BASE, by the path of the file */
export async function apply(
  { volume, writes, manifestText }: Work,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  for (const directory of volume.missingDirectories) await makeDirectory(directory)
  const backups = new Map<string, string>()
  for (const write of writes) {
    signal?.throwIfAborted()
    if (write.backup !== undefined) {
      backups.set(write.seed.path, relative(volume.base, await keepBackup(write.target, write.backup)))
    }
    const content = write.amend ? write.found?.amended : write.seed.content()
    await replaceFile(write.target, content ?? '', { mode: modeFor(write) })
  }
  if (manifestText !== undefined) {
    await replaceFile(join(volume.base, manifestName), manifestText, { mode: 0o600 })
  }
  return backups
}

/** Never more permissive than the image's file, or than the existing file. */
function modeFor({ seed, found, amend }: PlannedWrite): number {
  if (found === undefined) return seed.mode
  return amend ? found.mode : (seed.mode & found.mode) | 0o600
}

interface Directory {
  readonly target: string
  readonly mode: number
}

async function makeDirectory({ target, mode }: Directory): Promise<void> {
  try {
    const made = await mkdir(target, { recursive: true, mode })
    if (made !== undefined) await widen(target, mode)
    await syncDirectory(dirname(target))
  } catch (error) {
    throw await fileError('create', target, error)
  }
}

/** Sets the mode regardless of the umask. Opens the directory itself, in case a user replaced it with a link. */
async function widen(target: string, mode: number): Promise<void> {
  const handle = await open(target, constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

/** A hard link preserves mode, owner and times, needs no space, and cannot overwrite anything. */
async function keepBackup(target: string, wanted: string, attempt = 1): Promise<string> {
  const backup = attempt === 1 ? wanted : `${wanted}-${attempt}`
  try {
    await link(target, backup).catch(async (error: unknown) => {
      if (errnoOf(error) === 'EEXIST') throw error
      // Some file systems have no hard links, and not every user may link a foreign file. A copy has the same mode.
      await copyFile(target, backup, constants.COPYFILE_EXCL)
    })
    return backup
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return keepBackup(target, wanted, attempt + 1)
    throw await fileError('keep a backup as', backup, error)
  }
}
