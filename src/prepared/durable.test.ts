import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RunTool } from '../children/tool.ts'
import { noteAdoption, syncIfAdopted } from './durable.ts'

let data = ''
beforeEach(() => void (data = mkdtempSync(join(tmpdir(), 'durable-'))))
afterEach(() => rmSync(data, { recursive: true }))

/** A `sync` that understands only these words. */
function sync(understood: readonly string[]) {
  const ran: string[] = []
  const runTool: RunTool = ({ command, arguments: words }) => {
    const line = [command, ...words].join(' ')
    ran.push(line)
    const ok = understood.includes(line)
    return Promise.resolve({ ok, failure: ok ? '' : 'it failed', output: '' })
  }
  return { ran, runTool }
}

const adopt = () => noteAdoption(data, { at: 'now', packedAt: 'then', systemIdentifier: '1' })

it('only the files of an adopted cluster have to be written out', async () => {
  const { ran, runTool } = sync([`sync -f ${data}`])
  await syncIfAdopted(data, {}, runTool)
  expect(ran).toEqual([])
  await adopt()
  await syncIfAdopted(data, {}, runTool)
  expect(ran).toEqual([`sync -f ${data}`])
})

it('an older sync writes out everything; if that fails, the volume does not count as initialized', async () => {
  await adopt()
  const older = sync(['sync'])
  await syncIfAdopted(data, {}, older.runTool)
  expect(older.ran).toEqual([`sync -f ${data}`, 'sync'])
  await expect(syncIfAdopted(data, {}, sync([]).runTool)).rejects.toThrow(
    `cannot write ${data} to the disk: it failed`,
  )
})
