/** Creates small JARs for tests; every entry is stored uncompressed. */
import { packJar, storedEntry } from './jar-writer.ts'

export interface JarEntry {
  readonly name: string
  readonly content?: Buffer
}

/** @param front bytes before the archive, such as a launch script */
export function makeJar(entries: readonly (string | JarEntry)[], front = Buffer.alloc(0)): Buffer {
  const stored = entries.map((entry) => {
    const { name, content = Buffer.alloc(0) } = typeof entry === 'string' ? { name: entry } : entry
    return storedEntry(name, content)
  })
  return Buffer.concat([front, packJar(stored)])
}
