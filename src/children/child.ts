/**
 * One child process in a session of its own, with its lines pumped out as they come. A session of its own, so
 * that a Ctrl-C on a terminal reaches the supervisor alone, and so that what the child started can be found.
 * Of `process`, only `kill` is used here.
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
  /** It could not be started at all. */
  readonly error?: string
}

export interface Child {
  /** Process, session and group id in one; undefined when it could not be started. */
  readonly pid: number | undefined
  /** Resolves at the exit of the child itself, not at the end of its pipes: daemons inherit those. */
  readonly exited: Promise<ChildExit>
  /** Signals the child alone. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Signals its whole process group. */
  readonly signalGroup: (signal: NodeJS.Signals) => void
  /** Waits at most `ms` for what is still in the pipes, then closes them. */
  readonly drain: (ms: number) => Promise<void>
}

/** @param errors for standard error, where its lines must not mix with those of standard output */
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
    // One that failed at once (no memory, no file left, too long a command) emits nothing at all.
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
      // The log's own reader may stall: what it has not taken by then stays with it.
      await Promise.race([pumped, sleep(ms)])
    },
  }
}

/** Signals a process or, with a negative id, a group. Whether it ended is to be looked at, whatever this did. */
export function send(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    kill(pid, signal)
  } catch {
    // gone already, or not ours: nobody takes this for an end
  }
}

export function describeExit(exit: ChildExit): string {
  if (exit.error !== undefined) return exit.error
  return exit.code === undefined ? `ended by ${exit.signal}` : `exit code ${exit.code}`
}
