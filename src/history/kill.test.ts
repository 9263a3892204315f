/** The writer of the history is killed again and again: what it leaves is always whole. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clearTemporaries, readHistory, writeHistory } from './file.ts'
import { startOf } from './run.fixture.ts'
import { mostRuns } from './run.ts'

async function volume() {
  const data = await mkdtemp(join(tmpdir(), 'history-'))
  onTestFinished(() => rm(data, { recursive: true }))
  await mkdir(join(data, '.gp-supervisor'))
  await writeHistory(
    data,
    Array.from({ length: mostRuns }, () => startOf({ gpdb: 1, pxf: 2, ready: 3 })),
  )
  return data
}

/** Kills it `ms` milliseconds after its first write, however slow the machine is. */
async function killWriter(data: string, ms: number, ...inPlace: string[]): Promise<void> {
  const words = [join(import.meta.dirname, 'history.fixture.ts'), data, ...inPlace]
  const child = spawn(execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms))
  await closed
}

const moments = Array.from({ length: 12 }, (_, n) => 2 * n)
const namesIn = (data: string) => readdir(join(data, '.gp-supervisor'))

describe('kills of the writer', () => {
  it('leave a whole history, and nothing that the next run does not remove', async () => {
    const data = await volume()
    for (const ms of moments) {
      await killWriter(data, ms)
      expect(await readHistory(data)).toMatchObject({ kind: 'runs', runs: { length: mostRuns } })
    }
    await clearTemporaries(data)
    expect(await namesIn(data)).toEqual(['history.json'])
  }, 120_000)

  it('break it where it writes into the file itself (control)', async () => {
    const kinds = new Set<string>()
    for (const ms of moments) {
      if (kinds.has('foreign')) break
      const data = await volume()
      await killWriter(data, ms, 'in place')
      kinds.add((await readHistory(data)).kind)
    }
    expect(kinds).toContain('foreign')
  }, 120_000)
})
