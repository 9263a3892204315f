import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import { clearStaleSockets } from './stale-sockets.ts'

const clearIn = (dataDirectory: string) => clearStaleSockets({ dataDirectory, profile: greenplum6 })

/** A pid that lives, but is no server of that directory: as after the start of a container. */
const stranger = process.pid

async function killedServer(lockPid: number): Promise<{ data: string; socket: string }> {
  const root = await mkdtemp(join(tmpdir(), 'stale-'))
  const directory = join(root, 'data/master/gpseg-1')
  await mkdir(join(directory, 'global'), { recursive: true })
  await writeFile(join(directory, 'global/pg_control'), '')
  await writeFile(
    join(directory, 'postmaster.pid'),
    `${stranger}\n${directory}\n1700000000\n5432\n${root}\nlocalhost\n`,
  )
  const socket = join(root, '.s.PGSQL.5432')
  await writeFile(socket, '')
  await writeFile(`${socket}.lock`, `${lockPid}\n${directory}\n1700000000\n5432\n${root}\n`)
  return { data: join(root, 'data'), socket }
}

describe('the socket of a killed server', () => {
  it('goes with its lock file, though its pid is given out again', async () => {
    const { data, socket } = await killedServer(stranger)
    expect(await clearIn(data)).toEqual([socket])
    expect([existsSync(socket), existsSync(`${socket}.lock`)]).toEqual([false, false])
  })

  it('stays where another server has the lock', async () => {
    const { data, socket } = await killedServer(stranger + 1)
    expect(await clearIn(data)).toEqual([])
    expect(existsSync(`${socket}.lock`)).toBe(true)
  })

  it('is looked for in /tmp where the server had not noted the place yet', async () => {
    const { data } = await killedServer(stranger)
    const port = 1
    const lock = `/tmp/.s.PGSQL.${port}.lock`
    const directory = join(data, 'master/gpseg-1')
    await writeFile(join(directory, 'postmaster.pid'), `${stranger}\n${directory}\n1700000000\n${port}\n\n`)
    await writeFile(lock, `${stranger}\n${directory}\n1700000000\n${port}\n/tmp\n`)
    expect(await clearIn(data)).toEqual([`/tmp/.s.PGSQL.${port}`])
    expect(existsSync(lock)).toBe(false)
  })

  it('is none where there is no server, or no data directory', async () => {
    expect(await clearIn('/nowhere/at/all')).toEqual([])
  })
})
