import { readFileSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import process from 'node:process'
import { afterEach, expect, it, vi } from 'vitest'
import { isAlive, readProcess, runningTools, workingDirectory } from './processes.ts'

vi.mock('node:fs', { spy: true })
vi.mock('node:fs/promises', { spy: true })
afterEach(() => void vi.resetAllMocks())

const failsWith = (code: string) => Object.assign(new Error(`${code}: as the test says`), { code })

function statFailsWith(code: string): void {
  vi.mocked(readFileSync).mockImplementation(() => {
    throw failsWith(code)
  })
}

it('a process is gone where /proc says so, before or while it is read', async () => {
  for (const code of ['ENOENT', 'ESRCH']) {
    statFailsWith(code)
    vi.mocked(readlink).mockRejectedValue(failsWith(code))
    expect(await readProcess(7)).toBeUndefined()
    expect(await isAlive(7)).toBe(false)
    expect(await workingDirectory(7)).toBeUndefined()
  }
})

it.each(['EACCES', 'EIO', 'EMFILE'])('%s says nothing of it: it is no proof of a death', async (code) => {
  statFailsWith(code)
  await expect(readProcess(7)).rejects.toThrow(code)
  await expect(isAlive(7)).rejects.toThrow(code)
})

it("another user's process hides its folder, and is there all the same", async () => {
  vi.mocked(readlink).mockRejectedValue(failsWith('EACCES'))
  expect(await workingDirectory(7)).toBe('hidden')
})

it('a look for tools passes over what other users hide, and over nothing else', async () => {
  statFailsWith('EACCES')
  expect(await runningTools(process.pid, ['gpstart'])).toEqual([])
  statFailsWith('EMFILE')
  await expect(runningTools(process.pid, ['gpstart'])).rejects.toThrow('EMFILE')
})
