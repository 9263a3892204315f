import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeHead, encodeHead, readArchive } from './archive.ts'
import { packed } from './manifest.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'archive-'))
afterAll(() => rmSync(folder, { recursive: true }))

const head = encodeHead(packed)
const parts = Buffer.alloc(15)

async function read(bytes: Buffer) {
  const path = join(folder, 'x')
  writeFileSync(path, bytes)
  return readArchive(path)
}

describe('the head of an archive', () => {
  it('gives back the manifest', () => {
    expect(decodeHead(Buffer.concat([head, parts]))).toEqual({ manifest: packed, bytes: head.length })
  })

  it('is refused with any bit of it flipped, and at any length', () => {
    for (let byte = 0; byte < head.length; byte += 7) {
      const damaged = Buffer.from(head)
      damaged[byte] = (damaged[byte] ?? 0) ^ 4
      expect(() => decodeHead(damaged), `byte ${byte}`).toThrow(/damaged|not an archive/)
    }
    for (let length = 0; length < head.length; length += 11)
      expect(() => decodeHead(head.subarray(0, length)), `length ${length}`).toThrow(/damaged|not an archive/)
  })

  it('is refused in another version, with paths that lead elsewhere, and without a coordinator', () => {
    const of = (change: object) => encodeHead({ ...packed, ...change } as never)
    expect(() => decodeHead(of({ version: 2 }))).toThrow('its version is 2, and this program reads 1')
    for (const path of ['../x', '/etc', 'a/../../b', 'master', 'a/b/c/d', '.x/y'])
      expect(
        () => decodeHead(of({ servers: packed.servers.map((server) => ({ ...server, path })) })),
        path,
      ).toThrow('its manifest is not understood')
    expect(() => decodeHead(of({ servers: [] }))).toThrow('its manifest is not understood')
  })
})

describe('the file', () => {
  it('is read, if there is one', async () => {
    expect(await read(Buffer.concat([head, parts]))).toMatchObject({ manifest: packed, offset: head.length })
    expect(await readArchive(join(folder, 'absent'))).toBeUndefined()
  })

  it('is refused where it was cut off, and where something was added', async () => {
    await expect(read(Buffer.concat([head, parts.subarray(1)]))).rejects.toThrow(/bytes instead of/)
    await expect(read(Buffer.concat([head, parts, parts]))).rejects.toThrow(/bytes instead of/)
  })

  it('is refused where it is another file', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK'), Buffer.alloc(5000, 'x')])
      await expect(read(bytes)).rejects.toThrow('it is not an archive of gp-supervisor pack')
  })
})
