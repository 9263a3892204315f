/**
 * One stand-in of the base image in a scratch folder, and supervisors run over it. A test ends with nothing of
 * it left alive: what a supervisor should have stopped and did not makes the test fail.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, inject } from 'vitest'
import { installStandIn, type StandIn } from '../../stand-in/install.ts'
import { launchSupervisor, type Launch } from '../../stand-in/launch.ts'
import { findFreePorts } from '../../stand-in/ports.ts'
import { embeddedPostgres } from '../../stand-in/postgres.ts'
import { findProcesses, stopStandIn } from '../../stand-in/processes.ts'
import type { ProbeBody } from '../../src/health/report.ts'
import { faultsOfLog } from '../log-schema.ts'
import type { Status } from '../status.ts'
import type { StopVerdict } from '../../src/supervisor/end.ts'

/** Waits of the real image times this: a first start takes seconds instead of a minute. */
const timeScale = 0.02
const patienceMs = 120_000
/** Test files run side by side, each in a worker with a number. */
const shareOfPorts = { index: Number(process.env['VITEST_POOL_ID'] ?? 0), of: 16 }

/** For a rig whose first start is to run initdb itself, instead of copying what an earlier one made. */
export const withInitdb = { STANDIN_SERVERS: '' }

export interface LogRecord {
  readonly level: string
  readonly component: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Run {
  readonly child: ChildProcess
  readonly exited: Promise<number>
  /** Every line so far; each one must be JSON. */
  readonly log: () => LogRecord[]
  /** The same as it was written, for a command that writes no log. */
  readonly text: () => string
  readonly probe: (path: string) => Promise<{ status: number; body: ProbeBody }>
  readonly status: () => Promise<Status>
  /** Waits until the path answers 200 (or the given status). */
  readonly answers: (path: string, status?: number) => Promise<ProbeBody>
  readonly stop: (signal?: NodeJS.Signals) => Promise<number>
}

/** So that advice reads alike wherever the tests run. */
const asInTheDemo = { CONTAINER_PLATFORM: 'compose' }

type Variables = Readonly<Record<string, string | undefined>>

export interface HowToStart {
  /** Another user than the usual one. */
  readonly account?: Launch['account']
  /** Where its log goes, if the test is not to read it. */
  readonly stdout?: number
  /** Another command than `run`. */
  readonly args?: readonly string[]
}

export interface Rig {
  readonly standIn: StandIn
  readonly data: string
  /** With these variables besides; one that is undefined is not set. */
  readonly start: (environment?: Variables, how?: HowToStart) => Run
  readonly query: (sql: string, database?: string) => Promise<Record<string, unknown>[]>
  readonly file: (path: string) => Promise<string>
  /** What the coordinator, or the server of another directory, wrote into its csv log. */
  readonly serverLog: (directory?: string) => Promise<string>
  readonly processes: () => ReturnType<typeof findProcesses>
}

const rigs: { root: string; runs: Run[] }[] = []

afterEach(async () => {
  for (const { root, runs } of rigs.splice(0)) {
    for (const { child } of runs)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await stopStandIn(root)
    rmSync(root, { recursive: true, force: true })
    const faults = runs.flatMap(({ text }) => faultsOfLog(recordsIn(text())))
    if (faults.length > 0) throw new Error(`the log is not as documented:\n${faults.join('\n')}`)
  }
})

/** Of a run that was killed, the last line may be cut; another command than `run` prints no records. */
const recordsIn = (text: string): string =>
  text.slice(0, text.lastIndexOf('\n')).replaceAll(/^(?!\{"level").*$/gm, '')

export async function createRig(environment: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const { node, postgres, servers, ...ground } = inject('ground')
  const root = mkdtempSync(join(ground.folder, 'rig-'))
  const standIn = installStandIn(root, {
    timeScale,
    ports: await findFreePorts(shareOfPorts),
    node,
    postgres: { ...embeddedPostgres(), prefix: postgres },
    environment: { ...asInTheDemo, STANDIN_SERVERS: servers, ...environment },
  })
  const runs: Run[] = []
  rigs.push({ root, runs })
  return {
    standIn,
    data: standIn.layout.data,
    start: (more = {}, how = {}) => {
      const run = startRun(standIn, more, how)
      runs.push(run)
      return run
    },
    query: (sql, database = 'gp_dwh') => query(standIn, sql, database),
    file: (path) => readFile(join(standIn.layout.data, path), 'utf8'),
    serverLog: async (directory = 'master/gpseg-1') => {
      const folder = join(standIn.layout.data, directory, 'pg_log')
      const names = readdirSync(folder).filter((name) => name.endsWith('.csv'))
      return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('')
    },
    processes: () => findProcesses(root),
  }
}

function startRun(standIn: StandIn, more: Variables, { account, args, stdout }: HowToStart): Run {
  const given = Object.entries({ ...standIn.environment, ...more })
  const child = launchSupervisor({
    root: standIn.root,
    environment: Object.fromEntries(
      given.filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    ...(account === undefined ? {} : { account }),
    ...(args === undefined ? {} : { args }),
  })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  // `close`, not `exit`: the log is whole only then.
  const exited = new Promise<number>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signalCode(signal))),
  )
  const base = `http://127.0.0.1:${standIn.ports.health}`
  const probe = async (path: string) => {
    const response = await fetch(base + path)
    return { status: response.status, body: (await response.json()) as ProbeBody }
  }
  return {
    child,
    exited,
    probe,
    log: () => parseLog(text),
    text: () => text,
    status: async () => (await (await fetch(`${base}/status`)).json()) as Status,
    answers: (path, status = 200) =>
      eventually(`${path} answers ${status}`, async () => {
        if (child.exitCode !== null) throw new Error(`the supervisor ended with ${child.exitCode}`)
        const answer = await probe(path).catch(() => undefined)
        return answer?.status === status ? answer.body : undefined
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${text.slice(-4000)}`, { cause: error })
      }),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return exited
    },
  }
}

const signalCode = (signal: NodeJS.Signals | null): number => (signal === 'SIGKILL' ? 137 : -1)

function parseLog(text: string): LogRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as LogRecord
      } catch {
        throw new Error(`this line of the log is not JSON: ${line}`)
      }
    })
}

async function query(standIn: StandIn, sql: string, database: string): Promise<Record<string, unknown>[]> {
  const client = connection(standIn, database)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** A session as a user opens it: over TCP, with the password. */
export function connection(standIn: StandIn, database = 'gp_dwh'): Client {
  return new Client({
    host: '127.0.0.1',
    port: standIn.ports.coordinator,
    user: 'gpadmin',
    password: standIn.environment['GREENPLUM_PASSWORD'] ?? '',
    database,
  })
}

/** As the supervisor connects: over the unix socket, where SQL that only Greenplum has is known. */
export async function socketSession(rig: Rig): Promise<Client> {
  const { layout, ports } = rig.standIn
  const client = new Client({
    host: layout.sockets,
    port: ports.coordinator,
    user: 'gpadmin',
    database: 'gp_dwh',
  })
  await client.connect()
  return client
}

/** Opens a session with the temporary server of a first start as soon as it answers, and keeps it. */
export const holdSession = (standIn: StandIn): Promise<boolean> =>
  eventually('the temporary server of the first start answers', async () => {
    const held = connection(standIn, 'postgres')
    held.on('error', () => {})
    return held.connect().then(
      () => true,
      () => undefined,
    )
  })

/** Polls until `probe` answers something; the test's own limit ends it otherwise. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + patienceMs
  while (Date.now() < end) {
    const answer = await probe()
    if (answer !== undefined && answer !== false) return answer
    await sleep(50)
  }
  throw new Error(`within ${patienceMs / 1000} s it did not come true that ${what}`)
}

/** What the end of a container does to everything in it: SIGKILL to every process of the scratch folder. */
export async function killContainer(rig: Rig): Promise<void> {
  const inside = () =>
    readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isBelow(rig.standIn.root, entry))
  await eventually('everything of the container is gone', () => {
    const pids = inside()
    for (const pid of pids) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // gone in the meantime
      }
    }
    return pids.length === 0 ? true : undefined
  })
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export interface UnreadRun {
  readonly rig: Rig
  readonly child: ChildProcess
  /** Where its health port answers. */
  readonly health: string
  /** Its exit code. Not `close`, which would wait for a reader. */
  readonly exited: Promise<number>
}

/** A later start, ready, whose script floods a log that nobody reads. */
export async function startUnread(floodBytes: number): Promise<UnreadRun> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const first = rig.start()
  await first.answers('/readyz')
  await first.stop()
  const { root, environment, ports } = rig.standIn
  const child = launchSupervisor({
    root,
    environment: { ...environment, STANDIN_FLOOD_BYTES: String(floodBytes) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signalCode(signal))),
  )
  const health = `http://127.0.0.1:${ports.health}`
  await eventually('it is ready though its log is stuck', async () =>
    (await fetch(`${health}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined,
  )
  let before = -1
  await eventually('the flood stands still', async () => {
    await sleep(500)
    const [last, written] = [before, bytesOfFlood(root)]
    before = written
    return written > 0 && written === last
  })
  return { rig, child, health, exited }
}

/** How much the flood of the start script has written so far. */
function bytesOfFlood(root: string): number {
  const flood = readdirSync('/proc').find(
    (pid) => /^\d+$/.test(pid) && isBelow(root, pid) && ofProcess(pid, 'cmdline').includes('flood end'),
  )
  return flood === undefined ? 0 : Number(/^wchar: (\d+)$/m.exec(ofProcess(flood, 'io'))?.[1] ?? 0)
}

function ofProcess(pid: string, name: 'cmdline' | 'io'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** A server's backends show a title instead of their command line; they stand in their data directory. */
function isBelow(root: string, pid: string): boolean {
  try {
    return ofProcess(pid, 'cmdline').includes(`${root}/`) || readlinkSync(`/proc/${pid}/cwd`).startsWith(root)
  } catch {
    return false
  }
}

/** What the last line of the log says of the stop. */
export function verdictOf(run: Run): StopVerdict {
  const last = run.log().at(-1)
  if (last?.['verdict'] === undefined)
    throw new Error(`the log does not end with a verdict: ${JSON.stringify(last)}`)
  return last['verdict'] as StopVerdict
}

/** What the last line of the log says, which has to be an error. */
export function lastErrorOf(run: Run): string {
  const last = run.log().at(-1)
  if (last?.level !== 'error') throw new Error(`the last line is no error: ${JSON.stringify(last)}`)
  return last.msg
}
