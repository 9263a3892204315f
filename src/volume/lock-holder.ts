/** Finds out who holds the lock of the volume, without taking it. */
import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../errors.ts'
import { conflictCode } from './lock.ts'
import { stateDirectory } from './state.ts'

export type Holder =
  | { readonly kind: 'nobody' }
  /** A process of this container. */
  | { readonly kind: 'here'; readonly pid: number }
  /** A process that is not visible here, so it belongs to another container. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown'; readonly reason: string }

const timeoutMs = 2000

export async function findHolder(dataDirectory: string): Promise<Holder> {
  const path = join(stateDirectory(dataDirectory), 'lock')
  try {
    const { ino } = await stat(path)
    const pid = holderIn((await unlessAbsent(readFile('/proc/locks', 'utf8'))) ?? '', ino)
    return pid === undefined ? await tryShared(path) : { kind: 'here', pid }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return { kind: 'nobody' }
    return { kind: 'unknown', reason: (error as Error).message }
  }
}

/** proc(5), `1: FLOCK  ADVISORY  WRITE 42 08:01:1234 0 EOF`; the kernel omits locks of other containers. */
export function holderIn(locks: string, inode: number): number | undefined {
  for (const line of locks.split('\n')) {
    const [, kind, , , pid, place] = line.trim().split(/\s+/)
    if (kind === 'FLOCK' && Number(place?.split(':')[2]) === inode) return Number(pid)
  }
  return undefined
}

/** Takes a shared lock for a moment, which only a supervisor that starts in this moment would notice. */
function tryShared(path: string): Promise<Holder> {
  return new Promise((resolve) => {
    const unknown = (reason: string) => resolve({ kind: 'unknown', reason })
    const child = spawn('flock', ['-s', '-n', '-E', String(conflictCode), path, 'true'], {
      stdio: 'ignore',
      timeout: timeoutMs,
    })
    child.once('error', () => unknown('flock is not installed'))
    child.once('exit', (code) => {
      if (code === 0) resolve({ kind: 'nobody' })
      else if (code === conflictCode) resolve({ kind: 'elsewhere' })
      else unknown(`flock exited with code ${code}`)
    })
  })
}
