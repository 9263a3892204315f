/**
 * The file of a prepared cluster: a head with the manifest, then one zstd frame with a tar file for each server. The
 * head is a skippable frame (RFC 8878), so `zstd -d | tar -x -i` unpacks the file as well. Each part has a SHA-256 in
 * the manifest, and the manifest has one in the head.
 */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { isAbsent, reasonOf } from '../errors.ts'
import { parseManifest, type Manifest } from './manifest.ts'

/** The first 4 bytes of a skippable frame; 4 bytes with its length follow. */
const magic = 0x18_4d_2a_5a
const frameHeadBytes = 8
const signature = 'gp-supervisor prepared cluster'
const mostHeadBytes = 1024 * 1024

export function encodeHead(manifest: Manifest): Buffer {
  const text = JSON.stringify(manifest)
  const content = Buffer.from(`${signature}\n${sha256(text)}\n${text}`)
  const head = Buffer.alloc(frameHeadBytes)
  head.writeUInt32LE(magic, 0)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

/** @throws if it is damaged, or the head of another file */
export function decodeHead(head: Buffer): { readonly manifest: Manifest; readonly bytes: number } {
  const bytes = head.length < frameHeadBytes ? 0 : frameHeadBytes + head.readUInt32LE(4)
  const [first, digest, ...rest] = head.toString('utf8', frameHeadBytes, bytes).split('\n')
  if (bytes === 0 || head.readUInt32LE(0) !== magic || first !== signature)
    throw new Error('it is not an archive of gp-supervisor pack')
  const text = rest.join('\n')
  if (head.length < bytes || sha256(text) !== digest) throw new Error('it is damaged (its manifest)')
  return { manifest: parseManifest(text), bytes }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface Archive {
  readonly path: string
  readonly manifest: Manifest
  /** The place of the first server's part. */
  readonly offset: number
}

/** @returns undefined if there is none. @throws if it cannot be used */
export async function readArchive(path: string): Promise<Archive | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const start = Buffer.alloc(Math.min(size, mostHeadBytes))
      const { bytesRead } = await file.read(start, 0, start.length, 0)
      const { manifest, bytes } = decodeHead(start.subarray(0, bytesRead))
      const expected = bytes + manifest.servers.reduce((sum, { length }) => sum + length, 0)
      if (size !== expected) throw new Error(`it has ${size} bytes instead of ${expected}`)
      return { path, manifest, offset: bytes }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw new Error(`the archive ${path} cannot be used: ${reasonOf(error)}`, { cause: error })
  }
}
