/** What the setup does on this machine: programs run, its own folder, and the one error that says what is missing. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, type Options } from 'execa'

export const repository = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** Everything that the setup makes lies below this folder; deleting it costs time and nothing else. */
export const cacheDirectory =
  process.env['IMAGE_TESTS_CACHE'] ?? join(homedir(), '.cache/gp-supervisor-image-tests')

/** The machine cannot run these tests; the text says what to do. */
export class SetupMissing extends Error {
  override readonly name = 'SetupMissing'
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  readonly timeoutMs?: number
}

/** Packages and images come over the network at their own pace; nothing here takes longer. */
const longestMs = 900_000

/** Runs a program to its end and answers its standard output. @throws with its last words */
export async function run(
  command: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await execa(command, [...words], execaOptions(options))
  if (result.failed) {
    const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-30).join('\n')
    throw new Error(`cannot run ${command} ${words.slice(0, 4).join(' ')}: ${result.shortMessage}\n${said}`)
  }
  return result.stdout
}

export async function succeeds(
  command: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<boolean> {
  return !(await execa(command, [...words], execaOptions(options))).failed
}

const execaOptions = ({ environment, cwd, input, timeoutMs }: RunOptions) =>
  ({
    reject: false,
    timeout: timeoutMs ?? longestMs,
    ...(environment === undefined ? {} : { env: environment }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  }) satisfies Options

/** Where the program lies on PATH or in the folders of root. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** A name for the content of files and folders, and of whatever else goes into the result. */
export function contentHash(paths: readonly string[], more: readonly string[] = []): string {
  const hash = createHash('sha256')
  for (const text of more) hash.update(`${text}\0`)
  for (const path of paths) addTo(hash, path)
  return hash.digest('hex').slice(0, 12)
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const stat = statSync(path)
  if (!stat.isDirectory()) return void hash.update(`${path}\0${stat.mode}\0`).update(readFileSync(path))
  for (const name of readdirSync(path).toSorted()) addTo(hash, join(path, name))
}

/** One line to whoever waits. */
export const say = (text: string): void => void process.stderr.write(`image tests: ${text}\n`)

/** What this machine allows: the compose file asks for more where it can be had. */
export async function mostOpenFiles(): Promise<string> {
  const { stdout } = await execa('bash', ['-c', 'ulimit -Hn'])
  return /^\d+$/.test(stdout) && Number(stdout) < 65_536 ? stdout : '65536'
}
