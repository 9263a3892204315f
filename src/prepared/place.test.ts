import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { moveServers } from './place.ts'

const paths = ['master/s-1', '00/primary/s0', '01/primary/s1']
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'place-'))
  for (const path of paths) {
    mkdirSync(join(root, 'from', path), { recursive: true })
    writeFileSync(join(root, 'from', path, 'PG_VERSION'), '')
    mkdirSync(join(root, 'to', path, '..'), { recursive: true })
  }
})
afterEach(() => rmSync(root, { recursive: true }))

const thereIs = (where: string) => paths.map((path) => existsSync(join(root, where, path, 'PG_VERSION')))

it('all servers are moved', async () => {
  await moveServers(paths, join(root, 'from'), join(root, 'to'))
  expect(thereIs('to')).toEqual([true, true, true])
  expect(thereIs('from')).toEqual([false, false, false])
})

it('where one cannot be moved, all are back', async () => {
  rmSync(join(root, 'to/master'), { recursive: true })
  writeFileSync(join(root, 'to/master'), 'a file')
  await expect(moveServers(paths, join(root, 'from'), join(root, 'to'))).rejects.toThrow('ENOTDIR')
  expect(thereIs('from')).toEqual([true, true, true])
  expect(readdirSync(join(root, 'to/00/primary'))).toEqual([])
})
