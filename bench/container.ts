/** One container of one side: made, started, asked by the probe, stopped, and after all rounds removed with its data. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { EngineAccess } from '../test/image/setup/engine.ts'
import { cacheDirectory, mostOpenFiles, run, succeeds } from '../test/image/setup/host.ts'
import type { VolumeKind } from './options.ts'
import type { Change, Question, Setting } from './probe.ts'

export const label = 'gp-supervisor.bench'
export const network = 'gp-supervisor-bench'
export const database = 'gp_dwh'
const user = 'gpadmin'
const everyMs = 100
/** What a tmpfs may take. A cluster of three servers with its log takes about half a gigabyte. */
const tmpfsSize = '3g'

export interface Place extends EngineAccess {
  /** The folder with the probe and a Node to run it. */
  readonly probe: string
  readonly patienceMs: number
}

export interface Plan {
  readonly image: string
  readonly supervised: boolean
  readonly environment: Readonly<Record<string, string>>
  readonly volume: VolumeKind
}

export interface Container {
  readonly name: string
  readonly supervised: boolean
  readonly start: () => Promise<Watched>
  /** Until the engine says that it is gone. */
  readonly stop: () => Promise<number>
  /** In the container, as root, or as the administrator with the environment of `.bashrc`. */
  readonly bash: (script: string, as?: 'root' | 'administrator') => Promise<string>
  readonly log: () => Promise<string>
  readonly remove: () => Promise<void>
}

/** A started container with the probe in it. */
export interface Watched {
  /** By the clock of the machine, just before the engine was asked. */
  readonly startedAt: number
  readonly changes: readonly Change[]
  /** Waits until these are answered with yes, and stay so for a second. @returns when each began to be */
  readonly untilAll: (
    questions: readonly Question[],
    since?: number,
  ) => Promise<ReadonlyMap<Question, number>>
  readonly end: () => Promise<void>
}

/** @param name of no other container: none is removed before all rounds are done */
export async function createContainer(name: string, place: Place, plan: Plan): Promise<Container> {
  const { docker, environment, patienceMs } = place
  const call = (...words: string[]) => run(docker, words, { environment, timeoutMs: patienceMs })
  const files = await mostOpenFiles()
  const data = await makeData(name, plan, call)
  const variables = {
    GREENPLUM_PASSWORD: 'bench',
    GREENPLUM_PXF_ENABLE: 'true',
    GREENPLUM_DATABASE_NAME: database,
    ...plan.environment,
  }
  const host = ['--network', network, '--hostname', 'gpdbsne', '--shm-size', '1g']
  const limits = ['--ulimit', `nofile=${files}:${files}`, '--volume', `${data.source}:/data`]
  const given = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  await call('create', '--name', name, '--label', label, ...host, ...limits, ...given, plan.image)
  await call('cp', place.probe, `${name}:/bench-probe`)
  return {
    name,
    supervised: plan.supervised,
    start: async () => {
      const startedAt = Date.now()
      await call('start', name)
      return watch(place, name, { startedAt, supervised: plan.supervised })
    },
    stop: async () => {
      const began = Date.now()
      await call('stop', '--time', '120', name)
      return Date.now() - began
    },
    bash: (script, as = 'root') =>
      as === 'root'
        ? call('exec', name, 'bash', '-c', script)
        : call('exec', '--user', user, name, 'bash', '-c', `source ~/.bashrc; ${script}`),
    log: () => call('logs', '--tail', '30', name),
    remove: async () => {
      await call('rm', '--force', '--volumes', name)
      await data.remove()
    },
  }
}

/** A volume or a folder of this container's own, empty. */
async function makeData(name: string, plan: Plan, call: (...words: string[]) => Promise<string>) {
  if (plan.volume === 'bind mount') {
    const parent = join(cacheDirectory, 'bench-data')
    mkdirSync(join(parent, name), { recursive: true })
    const mount = ['--volume', `${parent}:/parent`, '--user', 'root', '--entrypoint', 'rm']
    const clear = () => call('run', '--rm', '--label', label, ...mount, plan.image, '-rf', `/parent/${name}`)
    await clear()
    mkdirSync(join(parent, name))
    return { source: join(parent, name), remove: async () => void (await clear()) }
  }
  const tmpfs = ['type=tmpfs', 'device=tmpfs', `o=size=${tmpfsSize}`].flatMap((option) => ['--opt', option])
  await call('volume', 'create', '--label', label, ...(plan.volume === 'tmpfs' ? tmpfs : []), name)
  // Memory forgets what nobody has mounted.
  const holder = `${name}-holder`
  const words = ['--detach', '--name', holder, '--label', label, '--volume', `${name}:/data`]
  if (plan.volume === 'tmpfs') await call('run', ...words, '--entrypoint', 'sleep', plan.image, 'infinity')
  return {
    source: name,
    remove: async () => {
      if (plan.volume === 'tmpfs') await call('rm', '--force', holder)
      await call('volume', 'rm', name)
    },
  }
}

function watch(
  { docker, environment, patienceMs }: Place,
  name: string,
  { startedAt, supervised }: { readonly startedAt: number; readonly supervised: boolean },
): Watched {
  const setting = JSON.stringify({ user, database, supervised, everyMs } satisfies Setting)
  const probe = ['/bench-probe/node', '/bench-probe/probe.cjs', setting]
  const child = spawn(docker, ['exec', '--interactive', '--user', user, name, ...probe], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const changes: Change[] = []
  createInterface(child.stdout).on('line', (line) => changes.push(JSON.parse(line) as Change))
  return {
    startedAt,
    changes,
    async untilAll(questions, since = startedAt) {
      for (const limit = Date.now() + patienceMs; Date.now() < limit; await pause(50)) {
        const found = yesSince(changes, questions, since)
        if (found !== undefined && Date.now() - Math.max(...found.values()) > 1000) return found
        if (child.exitCode !== null) throw new Error(`the probe in ${name} ended with ${child.exitCode}`)
      }
      throw new Error(`${name}: not all of ${questions.join(', ')} within ${patienceMs / 1000} s`)
    },
    async end() {
      child.stdin.end()
      await ended
    },
  }
}

/** When each question was last answered with yes for the first time; undefined where one is not. */
export function yesSince(
  changes: readonly Change[],
  questions: readonly Question[],
  since: number,
): ReadonlyMap<Question, number> | undefined {
  const found = new Map<Question, number>()
  for (const question of questions) {
    const last = changes.findLast(({ what }) => what === question)
    if (last?.ok !== true || last.at < since) return undefined
    found.set(question, last.at)
  }
  return found
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What a run that was cut off has left; nothing but what has the label. */
export async function removeLeftovers({ docker, environment }: EngineAccess): Promise<void> {
  for (const [list, remove] of [
    [
      ['ps', '--all', '--quiet'],
      ['rm', '--force', '--volumes'],
    ],
    [
      ['volume', 'ls', '--quiet'],
      ['volume', 'rm', '--force'],
    ],
    [
      ['network', 'ls', '--quiet'],
      ['network', 'rm'],
    ],
  ] as const) {
    const left = await run(docker, [...list, '--filter', `label=${label}`], { environment })
    const names = left.split('\n').filter((name) => name !== '')
    if (names.length > 0) await succeeds(docker, [...remove, ...names], { environment })
  }
}
