import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { loadConfig } from '../config/config.ts'
import type { ComponentChange } from '../health/components.ts'
import { runPxf } from './service.ts'

afterEach(() => void vi.useRealTimers())

it('gives up for good after too many starts in vain, and not before', { timeout: 30_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const environment = { GREENPLUM_PASSWORD: 'x', PXF_BASE: base }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' }).pxf
  const reports: ComponentChange[] = []
  const run = new AbortController()
  const logger = { info: () => {}, warn: () => {}, error: () => {} } as never
  const running = runPxf(
    {
      config,
      logger,
      toolEnvironment: () => Promise.resolve({}),
      runTool: () => Promise.resolve({ ok: false, failure: 'pxf start ended with 1', output: '' }),
      report: (change) => void reports.push(change),
    },
    run.signal,
  )
  // The timers are not real, the files are.
  while (reports.at(-1)?.state !== 'failed') {
    await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(reports.filter(({ state }) => state === 'starting')).toHaveLength(6)
  expect(reports.filter(({ final }) => final === true)).toEqual([reports.at(-1)])
  expect(reports.at(-1)?.reason).toContain('is not started again: pxf start ended with 1')
  run.abort()
  await vi.advanceTimersByTimeAsync(2000)
  await running
})
