import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import type { ToolRun } from '../children/tool.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { greenplum7 } from '../image/greenplum7.ts'
import { sleep } from '../time.ts'
import { startServer, stopServer } from './servers.ts'

afterEach(() => void vi.useRealTimers())

async function startedWith(profile: typeof greenplum6, isCoordinator: boolean) {
  const directory = await mkdtemp(join(tmpdir(), 'servers-'))
  const runs: ToolRun[] = []
  const [port, era] = [isCoordinator ? 5432 : 6000, 'abc_1']
  await startServer({ directory, isCoordinator, port }, era, {
    profile,
    toolEnvironment: { PATH: '/bin', GREENPLUM_PASSWORD: 'hidden', BOOKINGS_DB_PASSWORD: 'hidden' },
    runTool: (run) => {
      runs.push(run)
      return Promise.resolve({ ok: true, failure: '', output: '' })
    },
    signal: new AbortController().signal,
    say: () => {},
  })
  return { directory, run: runs[0] }
}

it('a server gets what gpstart would give it, and no secret', async () => {
  const { directory, run } = await startedWith(greenplum6, true)
  expect(run).toMatchObject({ command: 'pg_ctl' })
  const log = join(directory, 'pg_log/startup.log')
  expect(run?.arguments.join(' ')).toBe(`start -D ${directory} -l ${log} -w -t 604800 -o -p 5432 -E`)
  expect(run?.environment).toEqual({ PATH: '/bin', GPSESSID: '0000000000', GPERA: 'abc_1' })
})

it.each([
  [greenplum6, false, '-p 6000'],
  [greenplum7, true, '-c gp_role=dispatch'],
  [greenplum7, false, '-c gp_role=execute'],
] as const)('of its own kind: %#', async (profile, isCoordinator, options) => {
  expect((await startedWith(profile, isCoordinator)).run?.arguments.at(-1)).toBe(options)
})

const slow = async (ms: number) => {
  await sleep(ms)
  return { ok: true, failure: '', output: '' }
}

it('a server that recovers for long is waited for, and what it is at is said', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'servers-'))
  vi.useFakeTimers()
  const said: string[] = []
  const started = startServer({ directory, isCoordinator: false, port: 6000 }, 'era', {
    profile: greenplum6,
    toolEnvironment: {},
    runTool: () => slow(3_600_000),
    signal: new AbortController().signal,
    say: (text) => said.push(text),
  })
  // Some files are looked at before and between the lines.
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(5000)
    expect(said.length).toBeGreaterThan(2)
  })
  expect(said[0]).toMatch(/^fast start: \S+ is starting, for \d+\.\d s now$/)
  await vi.advanceTimersByTimeAsync(3_600_000)
  await started
})

it('a server that does not start is an error with the last lines of its log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'servers-'))
  await mkdir(join(directory, 'pg_log'))
  await writeFile(join(directory, 'pg_log/startup.log'), 'one\ntwo\nFATAL:  three\n\n')
  const started = startServer({ directory, isCoordinator: false, port: 6000 }, 'era', {
    profile: greenplum6,
    toolEnvironment: {},
    runTool: () => Promise.resolve({ ok: false, failure: 'pg_ctl start: exit code 1', output: '' }),
    signal: new AbortController().signal,
    say: () => {},
  })
  await expect(started).rejects.toThrow(
    `${directory} does not start: pg_ctl start: exit code 1 | one | two | FATAL:  three`,
  )
})

it('a server of which nobody can tell whether it runs gets no signal', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'servers-'))
  const pidFile = join(directory, 'postmaster.pid')
  await symlink(pidFile, pidFile)
  const runs: ToolRun[] = []
  const failure = await stopServer(directory, {
    profile: greenplum6,
    toolEnvironment: {},
    runTool: (run) => {
      runs.push(run)
      return Promise.resolve({ ok: true, failure: '', output: '' })
    },
    signal: new AbortController().signal,
    say: () => {},
  })
  expect(failure).toMatch(`cannot tell whether the server in ${directory} is running: ELOOP`)
  expect(runs).toEqual([])
})
