/**
 * Runs one child process in a session of its own and passes on its lines as they arrive. Because of the session, a
 * Ctrl-C on a terminal reaches only the supervisor, and the descendants of the child can be found. Of `process`, only
 * `kill` is used here.
 */
import { kill } from 'node:process'
import { execa } from 'execa'
import { pumpLines, type LineConsumer } from '../logging/lines.ts'
import { sleep } from '../time.ts'

export interface ChildCommand {
  readonly command: string
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Exactly one of the three is set. */
export interface ChildExit {
  readonly code?: number
  readonly signal?: string
  /** The child could not be started. */
  readonly error?: string
}

export interface Child {
  /** The id of the process, its session and its group; undefined if it could not be started. */
  readonly pid: number | undefined
  /** Resolves when the child itself exits, not when its pipes close: daemons inherit those. */
  readonly exited: Promise<ChildExit>
  /** Signals only the child. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Signals the process group of the child. */
  readonly signalGroup: (signal: NodeJS.Signals) => void
  /** Waits at most `ms` milliseconds for the rest of the output, then closes the pipes. */
  readonly drain: (ms: number) => Promise<void>
}

/** @param errors consumer of standard error, if its lines must not mix with those of standard output */
export function spawnChild(run: ChildCommand, consumer: LineConsumer, errors = consumer): Child {
  const subprocess = execa(run.command, [...run.arguments], {
    env: run.environment,
    extendEnv: false,
    detached: true,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false,
  })
  const { pid } = subprocess
  const pipes = [subprocess.stdout, subprocess.stderr]
  const pumped = Promise.all([pumpLines(subprocess.stdout, consumer), pumpLines(subprocess.stderr, errors)])
  const exited = new Promise<ChildExit>((resolve) => {
    // A spawn that fails immediately (no memory, no file descriptors, too long a command) emits no event.
    if (pid === undefined)
      void subprocess.then(({ shortMessage }) =>
        resolve({ error: shortMessage ?? 'it could not be started' }),
      )
    subprocess.nodeChildProcess.once('error', (error) => resolve({ error: error.message }))
    subprocess.nodeChildProcess.once('exit', (code, signal) =>
      resolve(code === null ? { signal: signal ?? 'unknown signal' } : { code }),
    )
  })
  return {
    pid,
    exited,
    signal: (signal) => send(pid, signal),
    signalGroup: (signal) => send(pid === undefined ? undefined : -pid, signal),
    drain: async (ms) => {
      await Promise.race([pumped, sleep(ms)])
      for (const pipe of pipes) pipe.destroy()
      // The reader of the log may stall; lines that it has not taken by then are left behind.
      await Promise.race([pumped, sleep(ms)])
    },
  }
}

/** Signals a process or, with a negative id, a group. The caller must check whether it ended. */
export function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    kill(pid, signal)
  } catch {
    // The process is gone or belongs to another user. No caller relies on success.
  }
}

export function describeExit(exit: ChildExit): string {
  if (exit.error !== undefined) return exit.error
  return exit.code === undefined ? `ended by ${exit.signal}` : `exit code ${exit.code}`
}
