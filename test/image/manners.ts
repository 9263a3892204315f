/** What every scenario of the container tests ends with. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { faultsOfRecords } from '../log-schema.ts'
import { eventually } from './clock.ts'
import { cacheDirectory } from './setup/host.ts'
import type { Stand } from './stand.ts'

/** The whole log into a file, and its end to the terminal. */
export async function tellFailure(stand: Stand): Promise<void> {
  const { text } = await stand.docker('logs', '--timestamps', stand.container)
  const file = join(cacheDirectory, 'failed', `${stand.container}.log`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  const tail = text.trimEnd().split('\n').slice(-8)
  process.stderr.write(`--- ${file} ends ---\n${tail.map((line) => line.slice(0, 600)).join('\n')}\n`)
}

/** What holds after every scenario: PID 1 is tini, no zombie stays, and the whole log is as documented. */
export async function expectGoodManners(stand: Stand): Promise<void> {
  if ((await stand.docker('inspect', stand.container)).code !== 0) return
  expect(faultsOfRecords(await stand.log('all'))).toEqual([])
  if ((await stand.state()).status !== 'running') return
  expect((await stand.exec('cat', '/proc/1/comm')).text).toBe('tini')
  // What has just ended may be seen before its parent has looked.
  await eventually('no zombie is left', async () => (await stand.zombies()).length === 0, 10_000)
}
