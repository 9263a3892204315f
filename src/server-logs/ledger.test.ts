import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLedger } from './ledger.ts'
import { headOf, readPositions } from './positions.ts'

const at = (offset: number) => ({ file: 'a.csv', offset, head: headOf(Buffer.from('head')) })

async function ledgerOf() {
  const data = await mkdtemp(join(tmpdir(), 'volume-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const progress = { written: 0, gone: 0 }
  const ledger = createLedger(data, { progress: () => progress })
  const saved = async () => (await readPositions(data))?.['a']?.offset
  return { ...ledger, data, progress, saved }
}

describe('a ledger', () => {
  it('saves a position once everything before it has left the program', async () => {
    const { note, save, saved, progress } = await ledgerOf()
    for (const [written, offset] of [
      [100, 1],
      [200, 2],
      [200, 3],
      [300, 4],
    ] as const) {
      progress.written = written
      note('a', at(offset))
    }
    const offsets: (number | undefined)[] = []
    for (const gone of [99, 100, 199, 200, 299, 300]) {
      progress.gone = gone
      await save()
      offsets.push(await saved())
    }
    // At 200 nothing more was written between the second and the third.
    expect(offsets).toEqual([undefined, 1, 1, 3, 3, 4])
  })

  it('keeps what an earlier run has saved, but for logs that are no longer relayed', async () => {
    const { data, note, save, progress } = await ledgerOf()
    note('a', at(1))
    note('b', at(2))
    await save()
    const next = createLedger(data, { progress: () => progress })
    await next.load()
    expect(next.positionOf('b')).toEqual(at(2))
    next.keep((key) => key !== 'b')
    await next.save()
    expect(await readPositions(data)).toEqual({ a: at(1) })
  })
})
