/** The supervisor is killed again and again while a server writes: records may come twice, and none may be missing. */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { csv } from './csv.fixture.ts'

async function volume() {
  const data = await mkdtemp(join(tmpdir(), 'volume-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const server = join(data, 'master/gpseg-1')
  for (const name of ['global/pg_control', 'pg_log']) await mkdir(join(server, name), { recursive: true })
  let number = 0
  const add = (count: number) => {
    // Another file now and then.
    const file = `gpdb-2026-11-27_${String(Math.floor(number / 2500)).padStart(6, '0')}.csv`
    const records = Array.from({ length: count }, () => `${csv('ERROR', `number ${++number}`).greenplum}\n`)
    appendFileSync(join(server, 'pg_log', file), records.join(''))
  }
  return { data, add, written: () => number }
}

/** Follows until it is killed, `ms` milliseconds after its first record came out, however slow the machine is. @returns the numbers that came out */
async function follow(data: string, ms: number): Promise<number[]> {
  const environment = {
    GREENPLUM_DATA_DIRECTORY: data,
    GREENPLUM_PASSWORD: 'not-in-the-log',
    GREENPLUM_PXF_ENABLE: 'false',
  }
  const words = [join(import.meta.dirname, 'follow.fixture.ts'), ...(ms === Infinity ? ['finish'] : [])]
  const child = spawn(execPath, words, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const closed = new Promise((resolve) => child.once('close', resolve))
  if (ms !== Infinity) child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms))
  await closed
  // The kill may have cut off the last line, which is then relayed again.
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => Number(/"number (\d+)"/.exec(line)?.[1]))
}

/** @returns the numbers that never came, in runs that each may begin with some that came before */
const missingIn = (runs: readonly (readonly number[])[], count: number): number[] => {
  const came = new Set(runs.flat())
  return Array.from({ length: count }, (_, index) => index + 1).filter((number) => !came.has(number))
}

const isAscending = (numbers: readonly number[]) =>
  numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1)

async function killAgainAndAgain(betweenRuns: (data: string) => Promise<void>) {
  const { data, add, written } = await volume()
  const runs: number[][] = [await follow(data, Infinity)]
  const writer = setInterval(() => add(25), 10)
  try {
    for (const ms of [300, 3200, 500, 2900, 900]) {
      runs.push(await follow(data, ms))
      await betweenRuns(data)
    }
  } finally {
    clearInterval(writer)
  }
  runs.push(await follow(data, Infinity))
  return { runs, count: written() }
}

describe('kills of the supervisor', () => {
  it('lose no record, and keep the order', async () => {
    const { runs, count } = await killAgainAndAgain(async () => {})
    expect(count).toBeGreaterThan(5000)
    expect(missingIn(runs, count)).toEqual([])
    for (const run of runs) expect(isAscending(run)).toBe(true)
    // What comes again was relayed after the last save. Otherwise each run would begin where the first one did.
    const begins = runs.map(([first]) => first).filter((first) => first !== undefined)
    expect(begins[0]).toBe(1)
    expect(begins.at(-1)).toBeGreaterThan(1)
  }, 60_000)

  it('lose records without the file that says how far they were relayed (control)', async () => {
    const { runs, count } = await killAgainAndAgain((data) =>
      rm(join(data, '.gp-supervisor'), { recursive: true, force: true }),
    )
    expect(missingIn(runs, count).length).toBeGreaterThan(0)
  }, 60_000)
})
