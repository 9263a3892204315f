import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createWake } from './wake.ts'

async function waking() {
  const directory = await mkdtemp(join(tmpdir(), 'wake-'))
  const errors: unknown[] = []
  const wake = createWake((error) => errors.push(error))
  onTestFinished(async () => {
    wake.close()
    await rm(directory, { recursive: true })
  })
  const tookMs = async (ms: number) => {
    const begin = performance.now()
    await wake.next(ms)
    return performance.now() - begin
  }
  return { wake, directory, errors, tookMs, write: () => appendFile(join(directory, 'log'), 'x') }
}

describe('a watch', () => {
  it('wakes up at a change at once, and only until the first one', async () => {
    const { wake, directory, tookMs, write } = await waking()
    expect(wake.arm([directory])).toBe(true)
    expect(wake.arm([directory])).toBe(false)
    await write()
    expect(await tookMs(10_000)).toBeLessThan(2000)
    await write()
    expect(await tookMs(300)).toBeGreaterThan(250)
    expect(wake.arm([directory])).toBe(true)
  })

  it('that cannot be made is an error, and the waiting ends by time', async () => {
    const { wake, directory, errors, tookMs } = await waking()
    expect(wake.arm([join(directory, 'x'.repeat(300))])).toBe(false)
    expect(String(errors[0])).toContain('ENAMETOOLONG')
    expect(await tookMs(50)).toBeLessThan(2000)
  })

  it('of a folder that is not there yet is no error', async () => {
    const { wake, directory, errors } = await waking()
    expect(wake.arm([join(directory, 'none')])).toBe(false)
    expect(errors).toEqual([])
  })

  it('is called off early', async () => {
    const { wake, tookMs } = await waking()
    wake.now()
    expect(await tookMs(10_000)).toBeLessThan(1000)
  })
})
