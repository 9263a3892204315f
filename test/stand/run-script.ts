/** Runs the stand's commands in a folder of its own over the fake docker. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const here = dirname(fileURLToPath(import.meta.url))
export const repository = dirname(dirname(here))
export const textOf = (path: string): string => readFileSync(join(repository, path), 'utf8')

/** The compose file as it is; what the scripts read of it is as `docker compose config --no-interpolate` prints it. */
export const config = textOf('docker-compose.yml')

export interface Scenario {
  /** For the fake docker. */
  readonly files: Readonly<Record<string, string>>
  readonly env?: string
  readonly environment?: Readonly<Record<string, string>>
}

export const runScript = (name: string, scenario: Scenario) => runIn(['sh', `stand/${name}`], scenario)

/** @returns standard output and standard error together */
export async function runIn(
  [command = '', ...words]: readonly string[],
  { files, env, environment }: Scenario,
): Promise<{ code: number; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'stand-'))
  try {
    const [fake, programs] = [join(folder, 'fake'), join(folder, 'bin')]
    for (const path of [fake, programs]) mkdirSync(path)
    for (const [file, text] of Object.entries(files)) writeFileSync(join(fake, file), text)
    for (const program of ['docker', 'date', 'sleep', 'gp-supervisor'])
      copyFileSync(join(here, 'fake-docker.sh'), join(programs, program))
    for (const part of ['stand', 'docker-compose.yml', 'Makefile'])
      symlinkSync(join(repository, part), join(folder, part))
    if (env !== undefined) writeFileSync(join(folder, '.env'), env)
    const { exitCode, all } = await execa(command, words, {
      cwd: folder,
      reject: false,
      all: true,
      stdin: 'ignore',
      stripFinalNewline: false,
      timeout: 60_000,
      extendEnv: false,
      env: { PATH: `${programs}:${process.env['PATH'] ?? ''}`, FAKE: fake, ...environment },
    })
    return { code: exitCode ?? -1, text: all }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
