/**
 * A session with a server in single-user mode: no port, no other session, and a clean shutdown at its end. The program
 * reads one statement a line, prompts after each, and goes on after an error.
 */
import { spawn } from 'node:child_process'
import { deadline, unlessAborted } from '../time.ts'

export interface SingleUser {
  /** The rows of one statement. @throws if the server reports an error */
  readonly query: (statement: string) => Promise<Record<string, string>[]>
  /** Ends it, and waits until it has shut down. @throws if it does not */
  readonly end: () => Promise<void>
  /** Kills it, if it still runs. */
  readonly abandon: () => Promise<void>
}

export interface SingleUserPorts {
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const prompt = 'backend> '
/**
 * No statement may get into a log, where it could show a password. The role is Greenplum's name for a session that
 * dispatches nothing; other servers take it for a setting of an extension.
 */
const settings = [
  'gp_role=utility',
  'log_statement=none',
  'log_min_error_statement=panic',
  'log_min_duration_statement=-1',
  'logging_collector=off',
]

/** It is not detached: what ends the process group of the start script ends it, too. */
export function singleUser(
  directory: string,
  database: string,
  { environment, timeoutMs }: SingleUserPorts,
): SingleUser {
  const words = settings.flatMap((setting) => ['-c', setting])
  const command = ['postgres', '--single', '-O', '-D', directory, ...words, database]
  // One pipe for both, so that an error is read before the prompt that follows it.
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...command], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let output = ''
  let heard = () => {}
  let failure: Error | undefined
  const exited = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  const unexpected = (how: number | string) =>
    new Error(`postgres --single ended (${how})${lastError(output)}`)
  void exited.then((how) => void (failure = unexpected(how))).then(() => heard())
  child.stdin.on('error', () => {})
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString()
    heard()
  })

  /** The output up to the next prompt. */
  async function answer(): Promise<string> {
    const limit = deadline(timeoutMs)
    try {
      while (!output.endsWith(prompt)) {
        if (failure !== undefined) throw failure
        await unlessAborted(new Promise<void>((resolve) => (heard = resolve)), limit.signal)
      }
      return output
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      limit.clear()
    }
  }

  return {
    query: async (statement) => {
      await answer()
      output = ''
      child.stdin.write(`${statement.replaceAll(/[\r\n]+/g, ' ')}\n`)
      const said = await answer()
      const error = errorOf(said)
      if (error !== undefined) throw new Error(error)
      return rowsOf(said)
    },
    end: async () => {
      child.stdin.end()
      const limit = deadline(timeoutMs)
      try {
        const how = await unlessAborted(exited, limit.signal)
        if (how !== 0) throw unexpected(how)
      } catch (error) {
        child.kill('SIGKILL')
        throw error
      } finally {
        limit.clear()
      }
    },
    abandon: async () => {
      child.kill('SIGKILL')
      // A child of it may hold the pipe.
      child.stdout.destroy()
      await exited
    },
  }
}

/** `\t 1: name = "value"\t(typeid = …)`, one line a column; `\t----` after the names, and after each row. */
export function rowsOf(output: string): Record<string, string>[] {
  const rows: Record<string, string>[] = []
  let row: Record<string, string> = {}
  for (const line of output.split('\n')) {
    const [, name, value] = /^(?:backend> )?\t ?\d+: (\S+) = "(.*)"\t\(typeid/.exec(line) ?? []
    if (name !== undefined && value !== undefined) row[name] = value
    if (line === '\t----' && Object.keys(row).length > 0) {
      rows.push(row)
      row = {}
    }
  }
  return rows
}

/** The csv of Greenplum, or the plain text of PostgreSQL. */
export function errorOf(output: string): string | undefined {
  const csv = /,"(?:ERROR|FATAL|PANIC)","\w+","([^"]*)"/.exec(output)?.[1]
  return csv ?? /^.*?\b(?:ERROR|FATAL|PANIC): +(.*)$/m.exec(output)?.[1]
}

const lastError = (output: string): string => {
  const error = errorOf(output)
  return error === undefined ? '' : `: ${error}`
}
