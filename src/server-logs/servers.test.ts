import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { findLoggingServers } from './servers.ts'

/** The server in a directory with these files. */
async function serverIn(path: string, files: Readonly<Record<string, string>>) {
  const data = await mkdtemp(join(tmpdir(), 'volume-'))
  onTestFinished(() => rm(data, { recursive: true }))
  await mkdir(join(data, path, 'global/pg_control'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(data, path, name), text)
  const environment = { GREENPLUM_DATA_DIRECTORY: data, GREENPLUM_PASSWORD: 'x' }
  const { greenplum } = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  const [server] = await findLoggingServers(greenplum)
  return { ...server, logDirectory: server?.logDirectory.slice(data.length) }
}

describe('a server', () => {
  it('is named by its directory, with the port of its settings while it is down', async () => {
    expect(await serverIn('01/primary/gpseg12', { 'postgresql.conf': 'port = 6001\n' })).toEqual({
      key: '01/primary/gpseg12',
      logDirectory: '/01/primary/gpseg12/pg_log',
      name: { content: 12, role: 'primary', port: 6001 },
    })
  })

  it('has the port of the running server', async () => {
    const files = { 'postgresql.conf': 'port = 1\n', 'postmaster.pid': '42\n/d\n1\n7000\n/tmp\n' }
    expect((await serverIn('00/primary/gpseg0', files)).name).toEqual({
      content: 0,
      role: 'primary',
      port: 7000,
    })
  })

  it.each([
    ['master/gpseg-1', {}, { content: -1, role: 'coordinator' }],
    ['master/gpseg-1', { 'standby.signal': '' }, { content: -1, role: 'standby' }],
    ['00/mirror/gpseg0', { 'recovery.conf': '' }, { content: 0, role: 'mirror' }],
    ['00/mirror/gpseg0', { 'recovery.done': '' }, { content: 0, role: 'primary' }],
    ['00/primary/gpseg0', { 'standby.signal': '' }, { content: 0, role: 'mirror' }],
  ])('has the role that it plays now: %s with %j', async (path, files, name) => {
    expect((await serverIn(path, files)).name).toEqual(name)
  })
})
