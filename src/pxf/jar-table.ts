/**
 * Reads the table of contents of a JAR, also of one that is stored uncompressed in another (PKWARE's APPNOTE, 4.3).
 * Nothing is unpacked.
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

export interface Archive {
  readonly file: FileHandle
  /** A nested archive is a range of that file. */
  readonly start: number
  readonly size: number
}

export interface Entry {
  readonly name: string
  /** 0: stored as it is. */
  readonly method: number
  readonly crc: number
  /** In the archive. */
  readonly size: number
  readonly unpackedSize: number
  readonly offset: number
}

const endSignature = Buffer.from('PK\x05\x06', 'latin1')
const entrySignature = 0x02_01_4b_50
/** The end record with the longest possible comment. */
const endBytes = 22 + 65_535
/** Enough for half a million classes; more would be an attack on memory. */
const mostDirectoryBytes = 64 * 1024 * 1024

/** @throws if it is not a JAR */
export async function entriesOf(archive: Archive): Promise<Entry[]> {
  const tailSize = Math.min(archive.size, endBytes)
  const tail = await read(archive, archive.size - tailSize, tailSize)
  const at = tail.lastIndexOf(endSignature)
  if (at === -1 || at + 22 > tail.length) throw new Error('it is not a JAR')
  const [size, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
  if (offset + size > archive.size || size > mostDirectoryBytes)
    throw new Error('it is not a JAR, or it is truncated')
  const directory = await read(archive, offset, size)
  // A launch script in front shifts all offsets by its length.
  const shift = archive.size - tail.length + at - size - offset
  return shift > 0 && !startsWithEntry(directory)
    ? parseDirectory(await read(archive, offset + shift, size), shift)
    : parseDirectory(directory, 0)
}

const startsWithEntry = (directory: Buffer): boolean =>
  directory.length < 4 || directory.readUInt32LE(0) === entrySignature

function parseDirectory(directory: Buffer, shift: number): Entry[] {
  const entries: Entry[] = []
  // Uses the length, not the entry count, which overflows in a large JAR.
  for (let at = 0; at + 46 <= directory.length;) {
    if (directory.readUInt32LE(at) !== entrySignature) throw new Error('its table of contents is corrupt')
    const lengths = [28, 30, 32].map((place) => directory.readUInt16LE(at + place))
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths
    entries.push({
      name: directory.toString('latin1', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      size: directory.readUInt32LE(at + 20),
      unpackedSize: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42) + shift,
    })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

export async function read({ file, start }: Archive, offset: number, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size)
  const { bytesRead } = await file.read(buffer, 0, size, start + offset)
  if (bytesRead < size) throw new Error('it is truncated')
  return buffer
}

/** @throws if the file cannot be opened, or is none; a named pipe does not block */
export async function withArchive<T>(path: string, use: (archive: Archive) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error('it is not a file')
    return await use({ file, start: 0, size: stats.size })
  } finally {
    await file.close()
  }
}

/** The content of an entry as a range of the same file: for one that is stored, a JAR in itself. */
export async function contentOf(archive: Archive, entry: Entry): Promise<Archive> {
  const header = await read(archive, entry.offset, 30)
  const before = 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  return { file: archive.file, start: archive.start + entry.offset + before, size: entry.size }
}
