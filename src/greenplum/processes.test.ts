import { readFile, readlink } from 'node:fs/promises'
import process from 'node:process'
import { afterEach, expect, it, vi } from 'vitest'
import { isAlive, readProcess, runningTools, workingDirectory } from './processes.ts'

vi.mock('node:fs/promises', { spy: true })
afterEach(() => void vi.resetAllMocks())

const failsWith = (code: string) => Object.assign(new Error(`${code}: as the test says`), { code })

it('a process is gone where /proc says so, before or while it is read', async () => {
  for (const code of ['ENOENT', 'ESRCH']) {
    vi.mocked(readFile).mockRejectedValue(failsWith(code))
    vi.mocked(readlink).mockRejectedValue(failsWith(code))
    expect(await readProcess(7)).toBeUndefined()
    expect(await isAlive(7)).toBe(false)
    expect(await workingDirectory(7)).toBeUndefined()
  }
})

it.each(['EACCES', 'EIO', 'EMFILE'])('%s says nothing of it: it is no proof of a death', async (code) => {
  vi.mocked(readFile).mockRejectedValue(failsWith(code))
  await expect(readProcess(7)).rejects.toThrow(code)
  await expect(isAlive(7)).rejects.toThrow(code)
})

it("another user's process hides its folder, and is there all the same", async () => {
  vi.mocked(readlink).mockRejectedValue(failsWith('EACCES'))
  expect(await workingDirectory(7)).toBe('hidden')
})

it('a look for tools passes over what other users hide, and over nothing else', async () => {
  vi.mocked(readFile).mockRejectedValue(failsWith('EACCES'))
  expect(await runningTools(process.pid, ['gpstart'])).toEqual([])
  vi.mocked(readFile).mockRejectedValue(failsWith('EMFILE'))
  await expect(runningTools(process.pid, ['gpstart'])).rejects.toThrow('EMFILE')
})
