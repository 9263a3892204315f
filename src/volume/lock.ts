/**
 * Keeps a second container off the volume. The lock is the kernel's (flock), which every container on this
 * host shares and which ends with its holder, however that dies. Node has no flock, so a tiny child holds it:
 * `flock FILE cat`, whose `cat` ends when our end of its stdin closes.
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../atomic-file.ts'
import { SupervisorError, exitCodes } from '../errors.ts'
import { sleep } from '../time.ts'
import { stateDirectory } from './state.ts'

export interface VolumeLock {
  /** False where the program `flock` is missing: then nothing guards the volume. */
  readonly held: boolean
  readonly release: () => Promise<void>
}

/** What `flock` answers when somebody else has the lock; any number that it does not use itself. */
export const conflictCode = 73
/** flock answers at once; a volume over the network may take its time. */
const timeoutMs = 10_000
const releaseMs = 1000

/**
 * @param signal ends the wait for an answer, with its reason
 * @param onLost called when the holder ends by itself: nothing guards the volume from then on
 * @throws SupervisorError with exit code 73 when another container holds the lock
 */
export async function lockVolume(
  dataDirectory: string,
  signal: AbortSignal,
  onLost: () => void,
): Promise<VolumeLock> {
  const directory = stateDirectory(dataDirectory)
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(async (error: unknown) => {
    throw await fileError('create', directory, error)
  })
  const path = join(directory, 'lock')
  const holder = spawn('flock', ['-n', '-E', String(conflictCode), path, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  })
  holder.stdin.on('error', () => {})
  const answer = await Promise.race([
    new Promise<'held'>((resolve) => holder.stdout.once('data', () => resolve('held'))),
    new Promise<number | 'missing'>((resolve) => {
      holder.once('error', () => resolve('missing'))
      holder.once('exit', (code) => resolve(code ?? -1))
      holder.stdin.write('?') // cat answers once the lock is ours
    }),
    sleep(timeoutMs, signal),
  ])
  if (answer === 'held') {
    holder.once('exit', onLost)
    const letGo = () => {
      holder.off('exit', onLost)
      return release(holder)
    }
    return { held: true, release: letGo }
  }
  if (answer === 'missing') return { held: false, release: () => Promise.resolve() }
  await release(holder)
  signal.throwIfAborted()
  throw answer === conflictCode ? takenError(path) : lockError(path, answer)
}

async function release(holder: ReturnType<typeof spawn>): Promise<void> {
  if (holder.exitCode !== null) return
  const gone = new Promise<void>((resolve) => holder.once('exit', () => resolve()))
  holder.stdin?.end()
  await Promise.race([gone, sleep(releaseMs)])
}

const takenError = (path: string) =>
  new SupervisorError(
    `cannot use the volume: another container is running on it (it holds ${path}); ` +
      'stop that one first, or give this one a volume of its own',
    { code: 'volume-locked', exitCode: exitCodes.volumeLocked },
  )

const lockError = (path: string, answer: unknown) =>
  new SupervisorError(
    `cannot lock the volume with ${path}: flock ${typeof answer === 'number' ? `ended with ${answer}` : 'does not answer'}; ` +
      'is the volume writable for this user?',
    { code: 'volume', exitCode: exitCodes.configuration },
  )
