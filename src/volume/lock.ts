/**
 * Prevents a second container from using the volume. The kernel's lock (flock) works across all containers of this host
 * and is released when its holder ends, however that happens. Node has no flock, so a small child process holds it:
 * `flock FILE cat`, whose `cat` exits when its standard input closes.
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../atomic-file.ts'
import { SupervisorError, exitCodes } from '../errors.ts'
import { sleep } from '../time.ts'
import { stateDirectory } from './state.ts'

export interface VolumeLock {
  /** False if the program `flock` is missing; then nothing protects the volume. */
  readonly held: boolean
  readonly release: () => Promise<void>
}

/** The exit code of `flock` if the lock is held elsewhere; any number that it does not use itself. */
export const conflictCode = 73
/** flock responds immediately; a network volume may be slow. */
const timeoutMs = 10_000
const releaseMs = 1000

/**
 * @param signal ends the wait for a response, with its reason
 * @param onLost called if the holder exits on its own; from then on nothing protects the volume
 * @throws SupervisorError with exit code 73 if another container holds the lock
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
      holder.stdin.write('?') // cat echoes it once the lock is held
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
    `cannot use the volume: another container is using it (it holds the lock ${path}); ` +
      'stop that container first, or give this one a volume of its own',
    { code: 'volume-locked', exitCode: exitCodes.volumeLocked },
  )

const lockError = (path: string, answer: unknown) =>
  new SupervisorError(
    `cannot lock the volume with ${path}: flock ${typeof answer === 'number' ? `exited with code ${answer}` : 'does not respond'}; ` +
      'check that this user can write to the volume',
    { code: 'volume', exitCode: exitCodes.configuration },
  )
