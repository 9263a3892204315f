/**
 * Lists the seed directories of the image. Their faults must be fixed in the image's build. Faults are collected, not
 * thrown.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { currentUid } from '../atomic-file.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { imageFault, type SeedFault } from './faults.ts'
import { manifestName } from './manifest.ts'

export interface Folder {
  readonly variable: 'PXF_SEED_DIR' | 'PXF_CONF_SEED_DIR'
  readonly folder: string
  /** The destination of its files, below PXF_BASE. */
  readonly into: '' | 'conf/'
  /** Read recursively, and links must stay inside. Otherwise only its own files are read, wherever links lead. */
  readonly closed: boolean
}

export interface Listing {
  readonly files: ListedFile[]
  /** Below PXF_BASE. */
  readonly directories: string[]
  readonly faults: SeedFault[]
}

export interface ListedFile {
  /** Below PXF_BASE. */
  readonly path: string
  /** The name in messages. */
  readonly name: string
  /** With links resolved. */
  readonly source: string
}

export async function listFolder(of: Folder): Promise<Listing> {
  const listing: Listing = { files: [], directories: [], faults: [] }
  try {
    const root = await realpath(of.folder)
    await walk(of, { root, listing, inside: '', above: [root] })
  } catch (error) {
    const { reason, what } = await unreadable(error)
    listing.faults.push({
      ...imageFault('', `${of.variable} is ${of.folder}: ${reason}`, what),
      ...folderFix(error),
    })
  }
  return listing
}

interface Walk {
  readonly root: string
  readonly listing: Listing
  readonly inside: string
  /** The ancestors of this directory, itself included. */
  readonly above: readonly string[]
}

async function walk(of: Folder, { root, listing, inside, above }: Walk): Promise<void> {
  const { files, directories, faults } = listing
  for (const name of (await readdir(join(root, inside))).toSorted()) {
    const path = inside === '' ? name : `${inside}/${name}`
    const place = { path: of.into + path, name: join(of.folder, path) }
    const fault = (reason: string, what: string) =>
      void faults.push(imageFault(place.path, `${place.name}: ${reason}`, what))
    try {
      const source = await realpath(join(root, path))
      const stats = await stat(source)
      if (of.closed && !source.startsWith(root + sep)) {
        fault(`a link out of the directory (to ${source})`, 'replace it with its target')
      } else if (path === manifestName) {
        fault('this name is reserved for the list of seeded files', 'remove the file')
      } else if (stats.isFile()) {
        files.push({ ...place, source })
      } else if (!stats.isDirectory()) {
        fault('neither a file nor a directory', 'remove it')
      } else if (above.includes(source)) {
        fault('a link to a directory that contains it', 'remove it')
      } else if (of.closed) {
        directories.push(place.path)
        await walk(of, { root, listing, inside: path, above: [...above, source] })
      }
    } catch (error) {
      // It was listed, so it exists.
      const { reason, what } = await unreadable(error)
      if (errnoOf(error) === 'ENOENT') fault('a broken link', 'remove it')
      else fault(reason, what)
    }
  }
}

/** Alternatively, the variable may be wrong. */
function folderFix(cause: unknown): { fix?: string } {
  switch (errnoOf(cause) ?? '') {
    case 'ENOENT':
      return { fix: 'add it to the image, or set the variable to its path' }
    case 'ENOTDIR':
      return { fix: 'set the variable to a directory' }
    default:
      return {}
  }
}

/** Why something of the image cannot be read, and what to do there. */
export async function unreadable(cause: unknown): Promise<{ reason: string; what: string }> {
  switch (errnoOf(cause) ?? '') {
    case 'ENOENT':
      return { reason: 'it does not exist', what: 'add it' }
    case 'ENOTDIR':
      return { reason: 'it is not a directory', what: 'replace it with a directory' }
    case 'EACCES':
      return {
        reason: `uid ${await currentUid()} is not allowed to read it`,
        what: 'run "chmod -R a+rX" on it',
      }
    default:
      return { reason: reasonOf(cause), what: 'fix it' }
  }
}
