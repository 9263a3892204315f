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

/** Why it is refused. */
function reasonFor(bytes: Buffer): string {
  try {
    decodeHead(bytes)
    return ''
  } catch (error) {
    return String(error)
  }
}

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
    const flipped = Array.from({ length: Math.floor(head.length / 7) }, (_, index) => {
      const damaged = Buffer.from(head)
      damaged[index * 7] = (damaged[index * 7] ?? 0) ^ 4
      return damaged
    })
    const cut = Array.from({ length: 50 }, (_, index) =>
      head.subarray(0, Math.floor((head.length * index) / 50)),
    )
    const accepted = [...flipped, ...cut].filter((bytes) => !/damaged|not an archive/.test(reasonFor(bytes)))
    expect(accepted).toEqual([])
  })

  it('is refused in another version, with paths that lead elsewhere, and without a coordinator', () => {
    const of = (change: object) => encodeHead({ ...packed, ...change })
    expect(() => decodeHead(of({ version: 2 }))).toThrow('its version is 2, and this program reads 1')
    const elsewhere = ['../x', '/etc', 'a/../../b', 'master', 'a/b/c/d', '.x/y']
    const refused = elsewhere.filter((path) => {
      const other = of({ servers: packed.servers.map((server) => ({ ...server, path })) })
      return reasonFor(other).includes('its manifest is not understood')
    })
    expect(refused).toEqual(elsewhere)
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
