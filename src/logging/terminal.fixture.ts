/** A terminal for a program under test, held by `script` of util-linux; Node has no pseudoterminals of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'

/** Without this `script` (as on macOS) these tests are skipped. */
export const hasTerminals = String(spawnSync('script', ['--version']).stdout).includes('util-linux')

export interface Terminal {
  /** For writing to it. */
  readonly fd: number
  /** Like Ctrl-S: nothing is read any more. */
  readonly pause: () => void
  readonly resume: () => void
  /** Like closing the window: writes fail with EIO. */
  readonly hangUp: () => Promise<void>
  readonly release: () => void
}

export async function openTerminal(): Promise<Terminal> {
  const holder = spawn('script', ['-q', '-c', 'tty; exec sleep 600', '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(holder, 'exit')
  const [path] = (await once(holder.stdout, 'data')) as [Buffer]
  const fd = openSync(String(path).trim(), constants.O_WRONLY | constants.O_NOCTTY)
  holder.stdout.resume()
  const hangUp = async () => {
    holder.kill('SIGKILL')
    await exited
  }
  return {
    fd,
    pause: () => void holder.kill('SIGSTOP'),
    resume: () => void holder.kill('SIGCONT'),
    hangUp,
    release: () => {
      closeSync(fd)
      holder.kill('SIGKILL')
    },
  }
}
