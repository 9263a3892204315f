/**
 * One stand of its own: a compose project over the project's files as they are, with what a scenario puts beside
 * them. Every wait is bounded, every line of the supervisor's log has to be JSON, and at the end of a test
 * containers, volumes and networks of its stands are gone.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, inject } from 'vitest'
import type { Status } from '../status.ts'
import type { StopVerdict } from '../../src/supervisor/end.ts'
import { patienceMs, realBase } from './setup/base.ts'
import { cacheDirectory, mostOpenFiles, repository } from './setup/host.ts'
import { withServers, withoutPreparedCluster } from './setup/servers.ts'
import { eventually } from './clock.ts'
import { expectGoodManners, tellFailure } from './manners.ts'
import { lastRun, parseLog, parseState, type ContainerState, type LogRecord } from './observed.ts'

export interface Answer {
  readonly code: number
  /** Standard output and standard error. */
  readonly text: string
}

export interface StandSettings {
  /** For the variables of docker-compose.yml, as from `.env`. */
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of docker-compose.yml alone. */
  readonly files?: readonly string[]
  /** More of service greenplum, laid over the project's compose file. */
  readonly greenplum?: object
  /** Lines for service greenplum as somebody would write them into the compose file; they win over the above. */
  readonly lines?: readonly string[]
  /** More services and volumes. */
  readonly more?: Readonly<Record<string, object>>
}

export interface StandOptions extends StandSettings {
  /** A negative control: its log and its zombies are its own affair. */
  readonly control?: boolean
  /** The first start itself is what the scenario is about: gpinitsystem and initdb run in it, as in a base image. */
  readonly initdb?: boolean
}

export interface Stand {
  readonly project: string
  /** Of service greenplum. */
  readonly container: string
  /** Other settings from here on, instead of all that were given before. */
  readonly set: (settings: StandSettings) => void
  readonly compose: (...words: string[]) => Promise<Answer>
  readonly docker: (...words: string[]) => Promise<Answer>
  /** The project's own commands. */
  readonly make: (...words: string[]) => Promise<Answer>
  /** Lines as somebody would type them into a shell of this machine, in the project's folder; the first error ends them. */
  readonly type: (lines: string) => Promise<Answer>
  /** `docker compose up --wait`, which has to succeed. */
  readonly up: (...services: string[]) => Promise<void>
  /** The same for a start that must not become ready. */
  readonly upFails: (...services: string[]) => Promise<Answer>
  /** Starts the container as it is and waits until it is ready. */
  readonly start: () => Promise<void>
  /** Waits until a run that began after `since` says that it is ready, and its probe says so too. */
  readonly untilReady: (since: number) => Promise<void>
  /** `docker stop` with the compose file's own grace period; answers what the supervisor says of it. */
  readonly stop: () => Promise<StopVerdict>
  /** What the supervisor said in its last line, once the container has ended. */
  readonly verdict: () => Promise<StopVerdict>
  readonly down: (options?: { readonly volumes?: boolean }) => Promise<void>
  /** As root in the running container. */
  readonly exec: (...words: string[]) => Promise<Answer>
  readonly shell: (script: string) => Promise<Answer>
  /** As gpadmin over the socket; rows as psql -qAt prints them. */
  readonly sql: (text: string, database?: string) => Promise<string>
  readonly status: () => Promise<Status>
  readonly state: () => Promise<ContainerState>
  /** Of the last run in this container, or of all. */
  readonly log: (which?: 'last' | 'all') => Promise<LogRecord[]>
  readonly waitForLog: (
    what: string,
    found: (record: LogRecord) => boolean,
    ms?: number,
  ) => Promise<LogRecord>
  readonly untilExited: (ms?: number) => Promise<ContainerState>
  readonly untilHealthy: (ms?: number) => Promise<void>
  readonly zombies: () => Promise<string[]>
  /** Pids in the container, by a pattern over the command line. */
  readonly pids: (pattern: string) => Promise<string[]>
}

interface Kept {
  readonly stand: Stand
  readonly options: StandOptions
}
const stands: Kept[] = []
let count = 0

/** Whether there is an engine to run on. */
export const hasEngine = (): boolean => inject('engine') !== undefined

async function docker(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return callInEngine(engineAccess().docker, words, environment)
}

function engineAccess() {
  const engine = inject('engine')
  if (engine === undefined) throw new Error('there is no Docker Engine')
  return engine
}

async function callInEngine(
  command: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Answer> {
  const result = await execa(command, [...words], {
    reject: false,
    all: true,
    cwd: repository,
    stdin: 'ignore',
    timeout: 300_000 + patienceMs,
    maxBuffer: 256 * 1024 * 1024,
    env: { ...engineAccess().environment, ...environment },
  })
  return { code: result.exitCode ?? -1, text: result.all }
}

/** A docker command that has to succeed. */
export async function dockerOk(...words: string[]): Promise<string> {
  const { code, text } = await docker(words)
  if (code !== 0) throw new Error(`cannot run docker ${words.join(' ')}: ${text.slice(-2000)}`)
  return text
}

/** @throws with what the command said */
export function mustSucceed({ code, text }: Answer): void {
  if (code !== 0) throw new Error(`ended with ${code}: ${text.slice(-3000)}`)
}

/** @throws with the whole verdict */
export function mustBeProven(verdict: StopVerdict): void {
  if (!verdict.proven) throw new Error(`the stop is not proven clean: ${JSON.stringify(verdict)}`)
}

export async function createStand(options: StandOptions = {}): Promise<Stand> {
  const project = `gpimage${process.pid}x${++count}`
  const openFiles = await mostOpenFiles()
  let environment: Record<string, string>
  const set = ({ files = ['docker-compose.yml'], ...settings }: StandSettings) => {
    environment = {
      GP_NOFILE: openFiles,
      // Any free port.
      GP_HOST_PORT: '0',
      GP_STATUS_PORT: '0',
      BOOKINGS_DB_PORT: '0',
      COMPOSE_PROJECT_NAME: project,
      COMPOSE_FILE: [...files, ...writeOverrides(project, settings, options)].join(':'),
      COMPOSE_ENV_FILES: '/dev/null',
      ...settings.environment,
    }
  }
  set(options)
  const stand = standOf(project, {
    call: (words) => docker(words, environment),
    here: (command, words) => callInEngine(command, words, environment),
    set,
  })
  stands.push({ stand, options })
  return stand
}

/** A real Greenplum on a busy machine may take longer for its first start than Docker is told to wait. */
const slower = realBase === undefined ? {} : { healthcheck: { start_period: '20m' } }

function writeOverrides(
  project: string,
  { greenplum, lines = [], more }: StandSettings,
  { initdb = false }: StandOptions,
): string[] {
  const { services, ...rest } = { services: {}, ...more }
  const ours = { ...slower, ...greenplum }
  const texts = {
    'servers.json': JSON.stringify(withServers),
    'initdb.json': JSON.stringify(withoutPreparedCluster),
    'compose.json': JSON.stringify({ services: { greenplum: ours, ...services }, ...rest }),
    'lines.yml': ['services:', '  greenplum:', ...lines.map((line) => `    ${line}`), ''].join('\n'),
  }
  return Object.entries(texts)
    .filter(([name]) => name !== 'servers.json' || (!initdb && realBase === undefined))
    .filter(([name]) => name !== 'initdb.json' || initdb)
    .filter(([name]) => name !== 'lines.yml' || lines.length > 0)
    .map(([name, text]) => {
      const path = join(scratch(project), name)
      writeFileSync(path, text)
      return path
    })
}

/** A volume in memory, with as much room as is given. */
export const tmpfsVolume = (size: string) => ({
  driver: 'local',
  driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `size=${size}` },
})

/** A folder for files of one stand; gone with the run. */
export function scratch(project: string): string {
  const folder = join(cacheDirectory, 'overrides', project)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Another image over the project's own, for as long as the stand lives. */
export async function deriveImage(stand: Stand, dockerfile: string): Promise<string> {
  const [folder, tag] = [join(scratch(stand.project), 'derived'), `${stand.project}:derived`]
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  await dockerOk('build', '--quiet', '--pull=false', '--tag', tag, folder)
  return tag
}

interface Ports {
  readonly call: (words: readonly string[]) => Promise<Answer>
  readonly here: (command: string, words: readonly string[]) => Promise<Answer>
  readonly set: (settings: StandSettings) => void
}

function standOf(project: string, { call, here, set }: Ports): Stand {
  const container = `${project}-greenplum-1`
  const ok = async (...words: string[]): Promise<string> => {
    const { code, text } = await call(words)
    if (code !== 0) throw new Error(`cannot run docker ${words.join(' ')}: ${text.slice(-3000)}`)
    return text
  }
  const compose = (...words: string[]) => call(['compose', ...words])
  const exec = (...words: string[]) => call(['exec', container, ...words])
  const shell = (script: string) => exec('bash', '-c', script)
  const upWords = (services: readonly string[]) => [
    'up',
    '--detach',
    '--wait',
    '--no-build',
    '--pull',
    'never',
    ...(services.length === 0 ? ['greenplum'] : services),
  ]
  const log = async (which: 'last' | 'all' = 'last') => {
    const records = parseLog(await ok('logs', container))
    return which === 'all' ? records : lastRun(records)
  }
  const verdict = async () => {
    const last = (await log()).at(-1)
    if (last?.['verdict'] === undefined)
      throw new Error(`the last line is no verdict: ${JSON.stringify(last)}`)
    return last['verdict'] as StopVerdict
  }
  const state = async () => parseState(await ok('inspect', container))
  const isHealthy = async () => (await state()).health === 'healthy'
  const stand: Stand = {
    project,
    container,
    set,
    compose,
    docker: (...words) => call(words),
    make: (...words) => here('make', words),
    type: (lines) => here('bash', ['-euo', 'pipefail', '-c', lines]),
    async up(...services) {
      const { code, text } = await compose(...upWords(services))
      if (code === 0) return
      const said = (await call(['logs', '--tail', '40', container])).text
      throw new Error(`compose up --wait ended with ${code}: ${text.slice(-1500)}\n${said}`)
    },
    upFails: async (...services) => {
      const answer = await compose(...upWords(services))
      expect(answer.code).not.toBe(0)
      return answer
    },
    async start() {
      const since = Date.now()
      await ok('start', container)
      await stand.untilReady(since)
    },
    async untilReady(since) {
      await stand.waitForLog('ready', ({ msg, time }) => msg === 'ready' && Date.parse(time) >= since)
      const probe = await exec('gp-healthcheck')
      mustSucceed(probe)
    },
    async stop() {
      await ok('stop', container)
      return verdict()
    },
    verdict,
    async down(down = {}) {
      await ok('compose', 'down', '--timeout', '120', ...(down.volumes === true ? ['--volumes'] : []))
    },
    exec,
    shell,
    async sql(text, database = 'gp_dwh') {
      const answer = await exec(
        'gosu',
        'gpadmin',
        'bash',
        '-c',
        'source ~/.bashrc && exec psql -XqAt -v ON_ERROR_STOP=1 -d "$0" -c "$1"',
        database,
        text,
      )
      if (answer.code !== 0) throw new Error(`cannot run ${text}: ${answer.text}`)
      return answer.text
    },
    status: async () =>
      JSON.parse(await ok('exec', container, 'gp-supervisor', 'status', '--json')) as Status,
    state,
    log,
    waitForLog: (what, found, ms = patienceMs) =>
      eventually(`the log of ${container} says: ${what}`, async () => (await log()).find(found), ms),
    untilExited: (ms = patienceMs) => eventually(`${container} ends`, async () => ended(await state()), ms),
    untilHealthy: async (ms = patienceMs) =>
      void (await eventually(`${container} is healthy`, isHealthy, ms)),
    zombies: async () => {
      const { text } = await exec('ps', '-eo', 'stat,pid,ppid,args')
      return text.split('\n').filter((line) => line.startsWith('Z'))
    },
    pids: async (pattern) =>
      (await exec('pgrep', '-f', pattern)).text.split('\n').filter((pid) => /^\d+$/.test(pid)),
  }
  return stand
}

const ended = (state: ContainerState) => (state.status === 'exited' ? state : undefined)

afterEach(async (context) => {
  for (const { stand, options } of stands.splice(0)) {
    if (context.task.result?.state === 'fail') await tellFailure(stand)
    try {
      if (options.control !== true) await expectGoodManners(stand)
    } finally {
      await stand.compose('--profile', '*', 'down', '--volumes', '--timeout', '2', '--remove-orphans')
      await stand.docker('rmi', '--force', `${stand.project}:derived`)
    }
  }
})
