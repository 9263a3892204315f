/** Creates small JARs for tests; every entry is stored uncompressed. */

export interface JarEntry {
  readonly name: string
  readonly content?: Buffer
}

/** @param front bytes before the archive, such as a launch script */
export function makeJar(entries: readonly (string | JarEntry)[], front = Buffer.alloc(0)): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { name, content = Buffer.alloc(0) } = typeof entry === 'string' ? { name: entry } : entry
    const bytes = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04_03_4b_50, 0)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(bytes.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02_01_4b_50, 0)
    central.writeUInt32LE(content.length, 20)
    central.writeUInt32LE(content.length, 24)
    central.writeUInt16LE(bytes.length, 28)
    central.writeUInt32LE(offset, 42)
    parts.push(local, bytes, content)
    directory.push(central, bytes)
    offset += local.length + bytes.length + content.length
  }
  const table = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06_05_4b_50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(table.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([front, ...parts, table, end])
}
