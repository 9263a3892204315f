/**
 * Owns how a file on the volume is replaced: whole or not at all, also when the power goes; and how a failed
 * file operation is worded, with its fix. What is written, and where, is its callers' business.
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

/** Whole, or in parts as they are read. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>

export interface Replacement {
  readonly mode: number
  /** Without it the file belongs to whoever writes it. */
  readonly owner?: Owner
}

/**
 * Replaces `path` in one step: a reader sees the old file or the new one, never a part. A link at `path` is
 * replaced, not followed.
 */
export async function replaceFile(
  path: string,
  content: FileContent,
  { mode, owner }: Replacement,
): Promise<void> {
  // A random name: two writers must never share a temporary file. No reader takes it for a JAR or a site file.
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

/** For the owner alone until it is complete: it may hold a password, and it must never be wider than asked. */
async function writeWhole(path: string, content: FileContent, as: Replacement): Promise<void> {
  const handle = await open(path, 'wx', as.mode & 0o600)
  try {
    await handle.writeFile(content)
    if (as.owner !== undefined) await giveTo(handle, as.owner)
    // After chown, which would clear bits of the mode; and past the umask.
    await handle.chmod(as.mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Only root may give files away; for everyone else it is enough that the file has the right owner already. */
async function giveTo(handle: FileHandle, owner: Owner): Promise<void> {
  const own = await handle.stat()
  if (own.uid === owner.uid && own.gid === owner.gid) return
  try {
    await handle.chown(owner.uid, owner.gid)
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error
    const [theirs, ours] = [`${owner.uid}:${owner.gid}`, `${own.uid}:${own.gid}`]
    throw new Error(
      `it belongs to ${theirs}, and this process runs as ${ours} and may not give files away; run it as uid ${owner.uid}, or run "chown -h ${ours}" on the file as root`,
      { cause: error },
    )
  }
}

/** Some file systems cannot sync a directory; the file is in its place then, and nothing more can be done. */
const cannotSyncDirectories: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'])

/** A rename outlives a power cut only once its directory is on disk. */
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
  // Reading is refused by the file, everything else by the directory that holds it.
  const known = await fixFor(cause, verb === 'read' ? path : dirname(path))
  return new SupervisorError(`cannot ${verb} ${path}: ${known ?? reasonOf(cause)}`, {
    code: 'volume',
    exitCode: known === undefined ? exitCodes.internal : exitCodes.configuration,
    cause,
  })
}

/**
 * Reason and fix of a failure that an operator can fix; undefined for all others.
 * @param refusing the file or directory that a denied permission is about
 */
export async function fixFor(cause: unknown, refusing: string): Promise<string | undefined> {
  switch (errnoOf(cause) ?? '') {
    case 'EROFS':
      return 'the file system is read-only; mount the volume writable (without `:ro`)'
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the volume is full; free some space on it, or make it larger'
    case 'EISDIR':
      return 'a directory stands in its place; move it away'
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
 * The first place, from `path` upwards, that can be looked at is the one that refuses. Named without links: what is
 * run as root because of this sentence must not go through one that somebody put there, nor change the place that an
 * unreadable one leads to.
 */
async function refusalOf(named: string): Promise<string> {
  const path = await realpath(named).catch(() => named)
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined && path !== dirname(path)) return refusalOf(dirname(path))
  const own = await currentUid()
  if (found?.isSymbolicLink() === true) {
    const to = await readlink(path).catch(() => 'somewhere else')
    return `permission denied: ${path} is a link to ${to}, which uid ${own} may not look at; put the real thing in its place`
  }
  const owner = found?.uid ?? 0
  const mode = ((found?.mode ?? 0) & 0o7777).toString(8).padStart(4, '0')
  return owner === own
    ? `permission denied by the mode ${mode} of ${path}; run "chmod u+rwX ${path}"`
    : `permission denied: ${path} belongs to uid ${owner} (mode ${mode}), and this process runs as uid ${own}; run "chown -R ${own} ${path}" as root`
}

/** The user this process runs as. A container may run under a number that has no name. */
export async function currentUid(): Promise<number> {
  try {
    return userInfo().uid
  } catch {
    return (await stat('/proc/self')).uid
  }
}
