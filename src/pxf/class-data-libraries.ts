/**
 * Copies the libraries of PXF out of its application JAR. Class data needs a plain class path, and an image would
 * contain the libraries twice, so a container does it before its first start; it takes a fraction of a second.
 */
import { open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsent, unlessAbsent } from '../errors.ts'
import type { Library } from './application-jar.ts'
import { withArchive } from './jar-table.ts'

/** Java compares it with the one that the file had when the archive was made. */
export const libraryTime = new Date('2000-01-01T00:00:00Z')

/**
 * Names the boot of the machine in which the files were written. They are not flushed to the disk, which would take
 * longer than the copy, so after a crash of the machine their content is unknown.
 */
const mark = 'copied'

interface Copies {
  readonly application: { readonly path: string }
  readonly libraries: readonly Library[]
}

/** @throws if it cannot */
export async function copyLibraries(folder: string, { application, libraries }: Copies): Promise<void> {
  const boot = await bootId()
  const isCurrent = boot !== '' && (await unlessAbsent(readFile(join(folder, mark), 'utf8'))) === boot
  const missing: Library[] = []
  for (const library of libraries)
    if (!isCurrent || !(await isThere(join(folder, library.name), library.bytes))) missing.push(library)
  if (missing.length === 0) return
  await withArchive(application.path, async ({ file }) => {
    for (const { name, offset, bytes } of missing) {
      const content = Buffer.allocUnsafe(bytes)
      const { bytesRead } = await file.read(content, 0, bytes, offset)
      if (bytesRead !== bytes) throw new Error(`${application.path} ends within ${name}`)
      await put(join(folder, name), content)
    }
  })
  await writeFile(join(folder, mark), boot)
}

const bootId = (): Promise<string> => readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')

async function isThere(path: string, bytes: number): Promise<boolean> {
  try {
    const { size, mtimeMs } = await stat(path)
    return size === bytes && mtimeMs === libraryTime.getTime()
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** Under another name first, so that no part of a library is taken for one. */
async function put(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.part`
  try {
    const file = await open(temporary, 'w', 0o644)
    try {
      await file.writeFile(content)
    } finally {
      await file.close()
    }
    await utimes(temporary, libraryTime, libraryTime)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
