/**
 * What a JAR would hide from the JARs behind it on a class path: the folders of its classes and resources, and its
 * files on the top level. Pure.
 */
import type { Entry } from './jar-table.ts'

export interface Contents {
  readonly folders: readonly string[]
  readonly files: readonly string[]
}

/** They say something about the JAR itself, and nothing looks for them on a class path. */
const aboutItself =
  /^(META-INF\/|module-info\.class$|(LICENSE|NOTICE|README|COPYING|DEPENDENCIES|about)[^/]*$)/i

export function contentsOf(entries: readonly Pick<Entry, 'name'>[]): Contents {
  const folders = new Set<string>()
  const files = new Set<string>()
  for (const { name } of entries) {
    if (name.endsWith('/') || aboutItself.test(name)) continue
    const end = name.lastIndexOf('/')
    if (end === -1) files.add(name)
    else folders.add(name.slice(0, end))
  }
  return { folders: [...folders], files: [...files] }
}

export function together(all: readonly Contents[]): Contents {
  const sorted = (names: readonly string[]) => [...new Set(names)].toSorted()
  return {
    folders: sorted(all.flatMap(({ folders }) => folders)),
    files: sorted(all.flatMap(({ files }) => files)),
  }
}

/** @returns one that both have; undefined if there is none */
export function common(one: Contents, other: Contents): string | undefined {
  const [folders, files] = [new Set(one.folders), new Set(one.files)]
  return other.folders.find((name) => folders.has(name)) ?? other.files.find((name) => files.has(name))
}
