import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import type { RunTool, ToolResult } from '../children/tool.ts'
import { loadConfig } from '../config/load.ts'
import type { ComponentChange } from '../health/components.ts'
import { runPxf } from './service.ts'

afterEach(() => void vi.useRealTimers())

it('gives up for good after too many starts in vain, and not before', { timeout: 30_000 }, async () => {
  const pxf = start(() => Promise.resolve({ ok: false, failure: 'pxf start ended with 1', output: '' }))
  await pxf.pass(() => pxf.reports.at(-1)?.state === 'failed')
  const starting = pxf.reports.filter(({ state }) => state === 'starting')
  expect(starting).toHaveLength(6)
  // Whoever looks while it is tried again has to see why.
  expect(starting[0]?.reason).toBe('pxf start is running')
  expect(starting[1]?.reason).toContain('pxf start is running; it was down: pxf start ended with 1')
  expect(pxf.reports.filter(({ final }) => final === true)).toEqual([pxf.reports.at(-1)])
  expect(pxf.reports.at(-1)?.reason).toContain('is not restarted: pxf start ended with 1')
  // Also where nobody knows the cause.
  expect(pxf.reports.at(-1)?.finding).toMatchObject({
    id: 'pxf.down',
    severity: 'error',
    cause: expect.stringContaining('pxf start ended with 1') as string,
    fix: expect.stringContaining('see logs/pxf-app.out') as string,
  })
  await pxf.end()
})

it(
  'gives up with what the last start said, not with what an earlier run did',
  { timeout: 30_000 },
  async () => {
    const pxf = start(() => Promise.resolve({ ok: false, failure: 'pxf start ended with 1', output: '' }))
    mkdirSync(join(pxf.base, 'logs'))
    const report = 'APPLICATION FAILED TO START\nDescription:\nof the last month\nAction:\n'
    writeFileSync(join(pxf.base, 'logs/pxf-service.log'), report)
    await pxf.pass(() => pxf.reports.at(-1)?.state === 'failed')
    expect(pxf.reports.at(-1)?.reason).not.toContain('of the last month')
    await pxf.end()
  },
)

it('starts without class data after a start that failed with them', { timeout: 30_000 }, async () => {
  const homes: (string | undefined)[] = []
  const pxf = start(({ environment }) => {
    homes.push(environment['JAVA_HOME'])
    return Promise.resolve({ ok: false, failure: 'pxf start ended with 1', output: '' })
  })
  pxf.prepareClassData()
  await pxf.pass(() => homes.length === 3)
  expect(homes).toEqual([`${pxf.base}/data/java`, pxf.base, pxf.base])
  await pxf.end()
})

it('notices a JVM that is gone before it was seen, and takes no pid of an earlier run for it', async () => {
  const pxf = start(pollsForMinutes)
  pxf.writePid(deadPid())
  await pxf.pass(() => performance.now() > 20_000)
  expect(pxf.reports.map(({ state }) => state)).toEqual(['starting'])
  const pid = deadPid()
  pxf.writePid(pid)
  await pxf.pass(() => pxf.reports.length > 1)
  expect(pxf.reports.at(-1)).toMatchObject({ state: 'pending' })
  expect(pxf.reports.at(-1)?.reason).toContain(`its JVM (pid ${pid}) exited immediately`)
  await pxf.end()
})

it('takes a start that comes to no end for no start', async () => {
  const pxf = start(pollsForMinutes)
  await pxf.pass(() => pxf.reports.length > 1)
  expect(pxf.reports.at(-1)).toMatchObject({ state: 'pending' })
  expect(pxf.reports.at(-1)?.reason).toContain('pxf start has not finished within 330.0 s')
  await pxf.end()
})

it('is not started a second time over a pid file that cannot be read', async () => {
  const pxf = start(pollsForMinutes)
  pxf.hidePid()
  await pxf.pass(() => performance.now() > 120_000)
  expect(pxf.reports.map(({ state }) => state)).toEqual(['starting'])
  await pxf.end()
})

/** As `pxf start` does when its JVM does not answer. */
const pollsForMinutes: RunTool = ({ signal }) =>
  new Promise<ToolResult>((resolve) => {
    signal?.addEventListener('abort', () => resolve({ ok: false, failure: 'ended', output: '' }))
  })

const deadPid = (): number => spawnSync('true').pid

/** PXF over a folder of its own and a clock that only `pass` moves. */
function start(runTool: RunTool) {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  mkdirSync(join(base, 'run'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const environment = { GREENPLUM_PASSWORD: 'x', PXF_BASE: base, PXF_CLASS_DATA_DIR: join(base, 'data') }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' }).pxf
  const reports: ComponentChange[] = []
  const run = new AbortController()
  const nothing = () => {}
  const logger = { info: nothing, warn: nothing, error: nothing, debug: nothing } as never
  const toolEnvironment = () => Promise.resolve({ JAVA_HOME: base })
  const running = runPxf(
    {
      config,
      logger,
      toolEnvironment,
      runTool,
      report: (change) => void reports.push(change),
      explain: () => undefined,
    },
    run.signal,
  )
  return {
    base,
    reports,
    prepareClassData: () => {
      const application = join(base, 'app.jar')
      writeFileSync(application, '')
      utimesSync(application, 1, 1)
      mkdirSync(join(base, 'data'))
      const manifest = {
        version: 1,
        java: { home: base, release: '' },
        application: { path: application, bytes: 0, modified: 1 },
        libraries: [],
        contents: { folders: [], files: [] },
      }
      writeFileSync(join(base, 'data/manifest.json'), JSON.stringify(manifest))
    },
    writePid: (pid: number) => writeFileSync(join(base, 'run/pxf-app.pid'), `${pid}\n`),
    hidePid: () => symlinkSync('pxf-app.pid', join(base, 'run/pxf-app.pid')),
    async pass(until: () => boolean): Promise<void> {
      while (!until()) {
        // The timers are not real, the files are: no time passes while one is being read, however slowly.
        await new Promise((resolve) => setImmediate(resolve))
        if (vi.getTimerCount() > 0) await vi.advanceTimersByTimeAsync(100)
      }
    },
    async end(): Promise<void> {
      run.abort()
      await vi.advanceTimersByTimeAsync(2000)
      await running
    },
  }
}
