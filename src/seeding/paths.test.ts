import { chown, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { locateBase } from './paths.ts'
import { isRoot } from './stand.fixture.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'paths-')))
})
afterEach(() => rm(folder, { recursive: true }))

it('takes no PXF_BASE behind a link to what belongs to somebody else, and no advice to give that away', async () => {
  const theirs = isRoot ? join(folder, 'theirs') : '/etc'
  if (isRoot) {
    await mkdir(theirs)
    await chown(theirs, 1, 1)
  }
  await symlink(theirs, join(folder, 'pxf'))
  expect(await locateBase(join(folder, 'pxf'))).toEqual({
    fault: `PXF_BASE is ${folder}/pxf, and a link in this path leads to ${theirs}, which belongs to uid ${isRoot ? 1 : 0}; remove the link`,
  })
})

it('takes one behind a link to what is its own', async () => {
  await mkdir(join(folder, 'mine'))
  await symlink('mine', join(folder, 'pxf'))
  expect(await locateBase(join(folder, 'pxf'))).toMatchObject({ target: join(folder, 'mine') })
})
