/**
 * Replaces files on the volume atomically, even across a power failure, and words the errors of failed file operations,
 * with their fixes.
 */
import { randomBytes } from 'node:crypto'
import { lstat, open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { SupervisorError, errnoOf, exitCodes, reasonOf } from './errors.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The content as a whole, or in parts as they are read. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>

export interface Replacement {
  readonly mode: number
  /** Default: the user of this process. */
  readonly owner?: Owner
}

/**
 * Replaces `path` in one step: a reader sees either the old or the new file, never a part of it. A link at `path` is
 * replaced, not followed.
 */
export async function replaceFile(
  path: string,
  content: FileContent,
  { mode, owner }: Replacement,
): Promise<void> {
  // A random name, so that two writers never share a temporary file. It looks like neither a JAR nor a site file.
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeWhole(temporary, content, { mode, ...(owner === undefined ? {} : { owner }) })
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw await fileError('write', path, error)
  }
}

/** Only the owner has access until the file is complete: it may contain a password. */
async function writeWhole(path: string, content: FileContent, as: Replacement): Promise<void> {
  const handle = await open(path, 'wx', as.mode & 0o600)
  try {
    await handle.writeFile(content)
    if (as.owner !== undefined) await giveTo(handle, as.owner)
    // After chown, which may clear mode bits; and regardless of the umask.
    await handle.chmod(as.mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Only root may change the owner. For other users it is sufficient if the file already has the right owner. */
async function giveTo(handle: FileHandle, owner: Owner): Promise<void> {
  const own = await handle.stat()
  if (own.uid === owner.uid && own.gid === owner.gid) return
  try {
    await handle.chown(owner.uid, owner.gid)
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error
    const [theirs, ours] = [`${owner.uid}:${owner.gid}`, `${own.uid}:${own.gid}`]
    throw new Error(
      `it belongs to ${theirs}, and this process runs as ${ours} and cannot change its owner; run it as uid ${owner.uid}, or run "chown -h ${ours}" on the file as root`,
      { cause: error },
    )
  }
}

/** Some file systems cannot sync a directory; then nothing more can be done. */
const cannotSyncDirectories: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'])

/** A rename survives a power failure only once its directory is on disk. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!cannotSyncDirectories.has(errnoOf(error) ?? '')) throw error
  }
}

/** The error for a failed operation on `path`: what failed, why, and what to do about it. */
export async function fileError(verb: string, path: string, cause: unknown): Promise<SupervisorError> {
  if (cause instanceof SupervisorError) return cause
  // Permission to read depends on the file itself, everything else on its directory.
  const known = await fixFor(cause, verb === 'read' ? path : dirname(path))
  return new SupervisorError(`cannot ${verb} ${path}: ${known ?? reasonOf(cause)}`, {
    code: 'volume',
    exitCode: known === undefined ? exitCodes.internal : exitCodes.configuration,
    cause,
  })
}

/**
 * The reason and the fix of a failure that a user can fix; undefined for all others.
 * @param refusing the file or directory whose permissions matter
 */
export async function fixFor(cause: unknown, refusing: string): Promise<string | undefined> {
  switch (errnoOf(cause) ?? '') {
    case 'EROFS':
      return 'the file system is read-only; mount the volume writable (without `:ro`)'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the volume is full; free space on it, or enlarge it'
    case 'EISDIR':
      return 'a directory is in its place; move it away'
    case 'ENOTDIR':
      return 'a part of its path is a file where a directory should be; move that file away'
    case 'ENOENT':
      return 'it or its directory does not exist; create it'
    case 'EACCES':
    case 'EPERM':
      return refusalOf(refusing)
    default:
      return undefined
  }
}

/**
 * Going upwards from the path, the first existing file or directory is the one whose permissions matter. It is named
 * without links: a command that is run as root because of this message must not follow a link that a user planted, nor
 * change the target of an unreadable one.
 */
async function refusalOf(named: string): Promise<string> {
  const path = await realpath(named).catch(() => named)
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined && path !== dirname(path)) return refusalOf(dirname(path))
  const own = await currentUid()
  if (found?.isSymbolicLink() === true) {
    const to = await readlink(path).catch(() => 'somewhere else')
    return `permission denied: ${path} is a link to ${to}, which uid ${own} cannot access; replace it with its target`
  }
  const owner = found?.uid ?? 0
  const mode = ((found?.mode ?? 0) & 0o7777).toString(8).padStart(4, '0')
  return owner === own
    ? `permission denied by the mode ${mode} of ${path}; run "chmod u+rwX ${path}"`
    : `permission denied: ${path} belongs to uid ${owner} (mode ${mode}), and this process runs as uid ${own}; run "chown -R ${own} ${path}" as root`
}

/** The user id of this process, even if it has no account. */
export async function currentUid(): Promise<number> {
  try {
    return userInfo().uid
  } catch {
    return (await stat('/proc/self')).uid
  }
}
