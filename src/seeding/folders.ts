/**
 * Lists the folders of the image that seeds come from. A fault of theirs belongs to the image's build, so it is
 * fixed there. Faults are collected, none thrown.
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
  /** Where its files go, below PXF_BASE. */
  readonly into: '' | 'conf/'
  /** Its links must stay inside, and it is read with all its folders; else its files alone, wherever they lie. */
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
  /** As it is shown. */
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
  /** The folders that this one lies in, itself included. */
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
        fault(`a link out of the folder (to ${source})`, 'put the real thing in its place')
      } else if (path === manifestName) {
        fault('this name is kept for the list of what was seeded', 'remove the file')
      } else if (stats.isFile()) {
        files.push({ ...place, source })
      } else if (!stats.isDirectory()) {
        fault('neither a file nor a folder', 'remove it')
      } else if (above.includes(source)) {
        fault('a link to a folder that it lies in', 'remove it')
      } else if (of.closed) {
        directories.push(place.path)
        await walk(of, { root, listing, inside: path, above: [...above, source] })
      }
    } catch (error) {
      // It was listed, so it is there.
      const { reason, what } = await unreadable(error)
      if (errnoOf(error) === 'ENOENT') fault('a link that leads nowhere', 'remove it')
      else fault(reason, what)
    }
  }
}

/** The variable may be wrong instead. */
function folderFix(cause: unknown): { fix?: string } {
  switch (errnoOf(cause) ?? '') {
    case 'ENOENT':
      return { fix: 'put it into the image, or set the variable to where it is' }
    case 'ENOTDIR':
      return { fix: 'set the variable to a folder' }
    default:
      return {}
  }
}

/** Why something of the image cannot be read, and what to do there. */
export async function unreadable(cause: unknown): Promise<{ reason: string; what: string }> {
  switch (errnoOf(cause) ?? '') {
    case 'ENOENT':
      return { reason: 'it does not exist', what: 'put it' }
    case 'ENOTDIR':
      return { reason: 'it is not a folder', what: 'put a folder there' }
    case 'EACCES':
      return { reason: `uid ${await currentUid()} may not read it`, what: 'run "chmod -R a+rX" on it' }
    default:
      return { reason: reasonOf(cause), what: 'fix it' }
  }
}
