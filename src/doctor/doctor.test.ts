import { afterEach, describe, expect, it, vi } from 'vitest'
import { within } from './doctor.ts'

describe('a look at one topic', () => {
  afterEach(() => vi.useRealTimers())

  it('that fails is a finding', async () => {
    const opinion = await within(1000, 'pxf', () => Promise.reject(new Error('EACCES')))
    expect(opinion.findings[0]?.text).toBe('cannot inspect PXF: EACCES')
  })

  it('that takes too long is a finding', async () => {
    vi.useFakeTimers()
    const opinion = within(15_000, 'database', () => new Promise(() => {}))
    await vi.advanceTimersByTimeAsync(15_000)
    expect((await opinion).findings[0]?.text).toBe('cannot inspect the database: no response within 15.0 s')
  })
})
