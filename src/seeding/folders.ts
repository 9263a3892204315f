/**
 * Lists the folders of the image that seeds come from. A fault of theirs belongs to the image's build, so it is
 * mended there. Faults are collected, none thrown.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { errnoOf, reasonOf } from '../errors.ts'
import { currentUid } from '../volume/atomic-file.ts'
import { manifestName } from './manifest.ts'

export interface Folder {
  readonly variable: 'PXF_SEED_DIR' | 'PXF_CONF_SEED_DIR'
  readonly folder: string
  /** Its links must stay inside, and it is read with all its folders; else its files alone, wherever they lie. */
  readonly closed: boolean
}

export interface Listing {
  /** `path` below the folder; `source` with links resolved. */
  readonly files: { readonly path: string; readonly source: string }[]
  readonly directories: string[]
  readonly faults: string[]
}

export async function listFolder(of: Folder): Promise<Listing> {
  const listing: Listing = { files: [], directories: [], faults: [] }
  try {
    const root = await realpath(of.folder)
    await walk({ ...of, folder: root }, { listing, inside: '', above: [root] })
  } catch (error) {
    listing.faults.push(`${of.variable} is ${of.folder}: ${await unreadable(error)}`)
  }
  return listing
}

interface Walk {
  readonly listing: Listing
  readonly inside: string
  /** The folders that this one lies in, itself included. */
  readonly above: readonly string[]
}

async function walk(of: Folder, { listing, inside, above }: Walk): Promise<void> {
  const { files, directories, faults } = listing
  for (const name of (await readdir(join(of.folder, inside))).toSorted()) {
    const path = inside === '' ? name : `${inside}/${name}`
    const fault = (reason: string) => void faults.push(`${of.variable}/${path}: ${reason}`)
    try {
      const source = await realpath(join(of.folder, path))
      const stats = await stat(source)
      if (of.closed && !source.startsWith(of.folder + sep)) {
        fault(`a link out of the folder (to ${source}); put the real thing in its place`)
      } else if (path === manifestName) {
        fault('this name is kept for the list of what was seeded; remove the file')
      } else if (stats.isFile()) {
        files.push({ path, source })
      } else if (!stats.isDirectory()) {
        fault('neither a file nor a folder; remove it')
      } else if (above.includes(source)) {
        fault('a link to a folder that it lies in; remove it')
      } else if (of.closed) {
        directories.push(path)
        await walk(of, { listing, inside: path, above: [...above, source] })
      }
    } catch (error) {
      // It was listed, so it is there.
      const dangling = errnoOf(error) === 'ENOENT'
      fault(dangling ? 'a link that leads nowhere; remove it' : await unreadable(error))
    }
  }
}

/** Why something of the image cannot be read, and how the image is mended. */
export async function unreadable(cause: unknown): Promise<string> {
  switch (errnoOf(cause) ?? '') {
    case 'ENOENT':
      return 'it does not exist; put it into the image, or set the variable to where it is'
    case 'ENOTDIR':
      return 'it is not a folder; set the variable to a folder'
    case 'EACCES':
      return `uid ${await currentUid()} may not read it; run "chmod -R a+rX" on it when the image is built`
    default:
      return reasonOf(cause)
  }
}
