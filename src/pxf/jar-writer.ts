/** Writes a JAR from the entries of others, as they are compressed there. */
import { crc32 } from 'node:zlib'

export interface PackedEntry {
  readonly name: string
  /** 0: stored as it is. */
  readonly method: number
  readonly crc: number
  readonly unpackedSize: number
  readonly content: Buffer
}

export const storedEntry = (name: string, content: Buffer): PackedEntry => ({
  name,
  method: 0,
  crc: crc32(content),
  unpackedSize: content.length,
  content,
})

/** 1 January 1980, the first day of this format. */
const firstDay = 0x21

export function packJar(entries: readonly PackedEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    // As the table of contents is read.
    const name = Buffer.from(entry.name, 'latin1')
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04_03_4b_50, 0)
    describe(local, 4, { entry, nameLength: name.length })
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02_01_4b_50, 0)
    describe(central, 6, { entry, nameLength: name.length })
    central.writeUInt32LE(offset, 42)
    parts.push(local, name, entry.content)
    directory.push(central, name)
    offset += local.length + name.length + entry.content.length
  }
  const table = Buffer.concat(directory)
  return Buffer.concat([...parts, table, endOf(table, { entries: entries.length, offset })])
}

/** What both headers of an entry contain, in the same order. */
function describe(
  header: Buffer,
  at: number,
  { entry, nameLength }: { readonly entry: PackedEntry; readonly nameLength: number },
): void {
  header.writeUInt16LE(20, at)
  header.writeUInt16LE(entry.method, at + 4)
  header.writeUInt16LE(firstDay, at + 8)
  header.writeUInt32LE(entry.crc, at + 10)
  header.writeUInt32LE(entry.content.length, at + 14)
  header.writeUInt32LE(entry.unpackedSize, at + 18)
  header.writeUInt16LE(nameLength, at + 22)
}

function endOf(table: Buffer, { entries, offset }: { entries: number; offset: number }): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06_05_4b_50, 0)
  end.writeUInt16LE(entries, 8)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(table.length, 12)
  end.writeUInt32LE(offset, 16)
  return end
}
