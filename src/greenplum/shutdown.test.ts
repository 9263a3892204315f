import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { shutDownGreenplum } from './shutdown.ts'

/** One coordinator that pg_controldata calls shut down, and the pid file that `prepare` makes. */
async function stop(prepare: (directory: string) => void) {
  const data = mkdtempSync(join(tmpdir(), 'gp-stop-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  const coordinatorDirectory = join(data, 'master/gpseg-1')
  mkdirSync(join(coordinatorDirectory, 'global'), { recursive: true })
  writeFileSync(join(coordinatorDirectory, 'global/pg_control'), '')
  prepare(coordinatorDirectory)
  const ran: string[] = []
  const runTool: RunTool = ({ command }) => {
    ran.push(command)
    return Promise.resolve({ ok: true, failure: '', output: 'Database cluster state:  shut down\n' })
  }
  const config = {
    profile: greenplum6,
    dataDirectory: data,
    segmentPrefix: 'gpseg',
    coordinatorDirectory,
    deployment: 'singlenode',
  } as Config['greenplum']
  const budget = { leftMs: () => 10_000, hurry: new AbortController().signal }
  const logger = { info: () => {}, warn: () => {} } as never
  const report = await shutDownGreenplum(undefined, budget, { config, toolEnvironment: {}, runTool, logger })
  return { ran, report }
}

it('a server without a pid file is down, and proven (negative control)', async () => {
  const { ran, report } = await stop(() => {})
  expect(ran).toEqual(['pg_controldata'])
  expect(report.proven).toBe(true)
})

it('a server of which nobody can tell gets no signal, and proves nothing', async () => {
  const { ran, report } = await stop((directory) =>
    symlinkSync('postmaster.pid', join(directory, 'postmaster.pid')),
  )
  expect(ran).toEqual(['pg_controldata'])
  expect(report.steps.map(({ failure }) => failure)).toContainEqual(
    expect.stringMatching(/^cannot tell whether the server in .*master\/gpseg-1 is running: ELOOP/),
  )
  expect(report.directories[0]?.state).toMatch(/^shut down, cannot tell whether it is running \(ELOOP/)
  expect(report.proven).toBe(false)
})
