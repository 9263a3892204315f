import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it, onTestFinished } from 'vitest'
import { clearLeftovers, observeSocketLock } from './leftovers.ts'

const pidOfNobody = 2 ** 22 - 1

async function folderWith(pid: number, directory?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'leftovers-'))
  const data = join(folder, 'data')
  await mkdir(data)
  const socket = join(folder, '.s.PGSQL.6000')
  await writeFile(socket, '')
  await writeFile(`${socket}.lock`, `${pid}\n${directory ?? data}\n1790000000\n6000\n${folder}\n`)
  await writeFile(join(data, 'postmaster.pid'), `${pid}\n${data}\n`)
  return { folder, data, socket }
}

it('the lock of a socket is stale if its process is gone, or is somebody else by now', async () => {
  const { folder, socket } = await folderWith(pidOfNobody)
  expect(await observeSocketLock(folder, 6000)).toEqual({ state: 'stale', socket })
  expect(await observeSocketLock(folder, 6001)).toEqual({ state: 'none' })
  const other = await folderWith(process.pid)
  expect(await observeSocketLock(other.folder, 6000)).toEqual({ state: 'stale', socket: other.socket })
})

it('a lock is held by a process that works in the directory that it names', async () => {
  const { folder, data, socket } = await folderWith(0)
  const child = spawn('sleep', ['60'], { cwd: data })
  onTestFinished(() => void child.kill())
  await writeFile(`${socket}.lock`, `${child.pid}\n${data}\n`)
  expect(await observeSocketLock(folder, 6000)).toEqual({ state: 'held', socket, pid: child.pid })
})

it('only what is stale is removed', async () => {
  const { data, socket } = await folderWith(pidOfNobody)
  const pidFile = join(data, 'postmaster.pid')
  expect(
    await clearLeftovers([
      { directory: data, postmaster: { state: 'alive' }, socket: { state: 'held', socket, pid: 1 } },
    ]),
  ).toEqual([])
  expect([pidFile, socket, `${socket}.lock`].map((path) => existsSync(path))).toEqual([true, true, true])
  expect(
    await clearLeftovers([
      { directory: data, postmaster: { state: 'dead' }, socket: { state: 'stale', socket } },
    ]),
  ).toEqual([pidFile, socket, `${socket}.lock`])
  expect([pidFile, socket, `${socket}.lock`].map((path) => existsSync(path))).toEqual([false, false, false])
})
