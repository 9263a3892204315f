/** Puts files and trees into place: by hard link where the file system allows it, else by copy. */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Replaces `to` by the file `from`. The two may share an inode: never change `to` in place. */
export function putFile(from: string, to: string): void {
  rmSync(to, { force: true })
  try {
    linkSync(realpathSync(from), to)
  } catch {
    // Another file system, or a kernel that forbids links to files of others.
    copyFileSync(from, to)
  }
}

/** The same for a whole tree. Links that stay inside their folder are kept, others lead to the real file. */
export function putTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isSymbolicLink()) putLink(source, target)
    else if (entry.isDirectory()) putTree(source, target)
    else if (entry.isFile()) putFile(source, target)
  }
}

function putLink(source: string, target: string): void {
  const destination = readlinkSync(source)
  rmSync(target, { force: true, recursive: true })
  const isNeighbour = !isAbsolute(destination) && !destination.includes('/')
  if (isNeighbour) symlinkSync(destination, target)
  else if (statSync(source, { throwIfNoEntry: false })) symlinkSync(realpathSync(source), target)
}
