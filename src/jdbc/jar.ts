/**
 * Finds which of the given classes a JAR contains. It reads only the table of contents, and in a Spring Boot
 * application, such as PXF, also those of the nested JARs, which are stored uncompressed (PKWARE's APPNOTE, 4.3).
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** @throws if the file is not a JAR */
export async function classesIn(path: string, wanted: readonly string[]): Promise<string[]> {
  // A named pipe must not block.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new Error('it is not a file')
    const names = new Set(wanted.map((name) => `${name.replaceAll('.', '/')}.class`))
    const found = await search({ file, start: 0, size: stats.size }, names, { nested: true })
    return wanted.filter((name) => found.has(`${name.replaceAll('.', '/')}.class`))
  } finally {
    await file.close()
  }
}

interface Archive {
  readonly file: FileHandle
  /** A nested archive is a range of that file. */
  readonly start: number
  readonly size: number
}

async function search(archive: Archive, names: ReadonlySet<string>, { nested }: { nested: boolean }) {
  const found = new Set<string>()
  for (const entry of await entriesOf(archive)) {
    const name = entry.name.replace(/^BOOT-INF\/classes\//, '')
    if (names.has(name)) found.add(name)
    if (!nested || !entry.stored || !entry.name.endsWith('.jar')) continue
    const inner = { file: archive.file, start: archive.start + entry.offset, size: entry.size }
    const header = await read(inner, 0, 30).catch(() => Buffer.alloc(30))
    const before = 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    const content = { ...inner, start: inner.start + before }
    // A broken nested JAR does not hide the others.
    for (const each of await search(content, names, { nested: false }).catch(() => [])) found.add(each)
  }
  return found
}

interface Entry {
  readonly name: string
  readonly stored: boolean
  readonly size: number
  readonly offset: number
}

const endSignature = Buffer.from('PK\x05\x06', 'latin1')
const entrySignature = 0x02_01_4b_50
/** The end record with the longest possible comment. */
const endBytes = 22 + 65_535
/** Enough for half a million classes; more would be an attack on memory. */
const mostDirectoryBytes = 64 * 1024 * 1024

async function entriesOf(archive: Archive): Promise<Entry[]> {
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
      stored: directory.readUInt16LE(at + 10) === 0,
      size: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42) + shift,
    })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

async function read({ file, start }: Archive, offset: number, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size)
  const { bytesRead } = await file.read(buffer, 0, size, start + offset)
  if (bytesRead < size) throw new Error('it is truncated')
  return buffer
}
