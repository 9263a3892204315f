import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ToolRun } from '../children/tool.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { greenplum7 } from '../image/greenplum7.ts'
import { startServer } from './servers.ts'

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
