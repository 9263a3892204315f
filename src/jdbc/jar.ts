/** Finds which of the given classes a JAR contains; in a Spring Boot application, such as PXF, also in the JARs inside. */
import { contentOf, entriesOf, withArchive, type Archive } from '../pxf/jar-table.ts'

/** @throws if the file is not a JAR */
export async function classesIn(path: string, wanted: readonly string[]): Promise<string[]> {
  const names = new Set(wanted.map((name) => `${name.replaceAll('.', '/')}.class`))
  const found = await withArchive(path, (archive) => search(archive, names, { nested: true }))
  return wanted.filter((name) => found.has(`${name.replaceAll('.', '/')}.class`))
}

async function search(archive: Archive, names: ReadonlySet<string>, { nested }: { nested: boolean }) {
  const found = new Set<string>()
  for (const entry of await entriesOf(archive)) {
    const name = entry.name.replace(/^BOOT-INF\/classes\//, '')
    if (names.has(name)) found.add(name)
    if (!nested || entry.method !== 0 || !entry.name.endsWith('.jar')) continue
    // A broken nested JAR does not hide the others.
    const inner = contentOf(archive, entry).then((content) => search(content, names, { nested: false }))
    for (const each of await inner.catch(() => [])) found.add(each)
  }
  return found
}
