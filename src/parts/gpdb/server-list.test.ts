import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { Facts } from '../../health/report.ts'
import { createServerList } from './server-list.ts'

let data = ''
beforeEach(() => void (data = mkdtempSync(join(tmpdir(), 'gp-servers-'))))
afterEach(() => rmSync(data, { recursive: true }))

function server(path: string, port: number): string {
  const directory = join(data, path)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'postgresql.conf'), `port=${port}\n`)
  return directory
}

const alive = (pid: number, port: number) => ({
  state: 'alive' as const,
  file: { pid, port, socketDirectory: '' },
  startTicks: 0,
  group: 0,
})

it('the list of servers names each of them, and is learnt only where something has changed', async () => {
  const environment = { GREENPLUM_PASSWORD: 'x', GREENPLUM_DATA_DIRECTORY: data }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  const learnt: Facts['servers'][] = []
  const learn = ({ servers = [] }: Partial<Facts>) => void learnt.push(servers)
  const { see } = createServerList({ config, learn })
  const coordinator = { directory: server('master/gpseg-1', 5432), postmaster: alive(1, 5432) }
  const segment = server('00/primary/gpseg0', 6000)
  const nameless = { directory: server('00/primary/gpseg', 6001), postmaster: alive(3, 6001) }
  await see([coordinator, { directory: segment, postmaster: alive(2, 6000) }, nameless])
  await see([coordinator, { directory: segment, postmaster: alive(2, 6000) }, nameless])
  await see([coordinator, { directory: segment, postmaster: { state: 'dead', pid: 2 } }])
  const first = { content: -1, role: 'coordinator', port: 5432, up: true }
  expect(learnt).toEqual([
    [first, { content: 0, role: 'primary', port: 6000, up: true }],
    [first, { content: 0, role: 'primary', port: 6000, up: false }],
  ])
})
