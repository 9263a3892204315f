/** Reads PXF's application JAR, one of Spring Boot: the libraries are JARs in it, which are stored as they are. */
import { inflateRawSync } from 'node:zlib'
import { contentsOf, together, type Contents } from './jar-contents.ts'
import { contentOf, entriesOf, read, type Archive, type Entry } from './jar-table.ts'
import { packJar } from './jar-writer.ts'

export interface Library {
  readonly name: string
  /** Where it is in the application JAR. */
  readonly offset: number
  readonly bytes: number
}

export interface ApplicationJar {
  /** The class that Spring Boot's launcher would start. */
  readonly mainClass: string
  /** In the order of the class path. */
  readonly libraries: readonly Library[]
  /** JDBC drivers among the libraries: those of the user come first. */
  readonly drivers: readonly Library[]
  /** A JAR of what is in none of the libraries. Java takes class data from no folder. */
  readonly classes: Buffer
  /** What all of this hides from JARs behind it, the drivers excepted. */
  readonly contents: Contents
}

const classesFolder = 'BOOT-INF/classes/'
const librariesFolder = 'BOOT-INF/lib/'
/** Without it on the class path, a bean of PXF's is missing. */
const buildInformation = 'META-INF/build-info.properties'
const driverService = 'META-INF/services/java.sql.Driver'

/** @throws if it is not such a JAR */
export async function readApplicationJar(archive: Archive): Promise<ApplicationJar> {
  const entries = await entriesOf(archive)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const find = (name: string): Entry => {
    const entry = byName.get(name)
    if (entry === undefined) throw new Error(`it has no ${name}`)
    return entry
  }
  const manifest = await textOf(archive, find('META-INF/MANIFEST.MF'))
  const mainClass = /^Start-Class: *(\S+)/m.exec(manifest)?.[1]
  if (mainClass === undefined) throw new Error('its manifest has no Start-Class')
  const index = await textOf(archive, find('BOOT-INF/classpath.idx'))
  const names = [...index.matchAll(/^- "(BOOT-INF\/lib\/[^"/:]+\.jar)"\r?$/gm)].map(([, name = '']) => name)
  const all = await Promise.all(names.map(async (name) => look(archive, find(name))))
  const own = entries.filter(({ name }) => isOwn(name))
  const libraries = all.filter(({ isDriver }) => !isDriver)
  return {
    mainClass,
    libraries: libraries.map(({ library }) => library),
    drivers: all.filter(({ isDriver }) => isDriver).map(({ library }) => library),
    classes: await classesOf(archive, own),
    contents: together([
      contentsOf(own.map(({ name }) => ({ name: finalName(name) }))),
      ...libraries.map(({ contents }) => contents),
    ]),
  }
}

/** Folders included: without their entries, Spring finds none of the controllers below them. */
const isOwn = (name: string): boolean =>
  (name.startsWith(classesFolder) && name !== classesFolder) || name === buildInformation

const finalName = (name: string): string =>
  name.startsWith(classesFolder) ? name.slice(classesFolder.length) : name

async function look(archive: Archive, entry: Entry) {
  if (entry.method !== 0) throw new Error(`its ${entry.name} is compressed`)
  const content = await contentOf(archive, entry)
  const entries = await entriesOf(content)
  return {
    library: { name: entry.name.slice(librariesFolder.length), offset: content.start, bytes: content.size },
    isDriver: entries.some(({ name }) => name === driverService),
    contents: contentsOf(entries),
  }
}

async function textOf(archive: Archive, entry: Entry): Promise<string> {
  const bytes = await packedBytes(archive, entry)
  return (entry.method === 0 ? bytes : inflateRawSync(bytes)).toString()
}

async function packedBytes(archive: Archive, entry: Entry): Promise<Buffer> {
  const content = await contentOf(archive, entry)
  return read(content, 0, content.size)
}

async function classesOf(archive: Archive, own: readonly Entry[]): Promise<Buffer> {
  const packed = []
  for (const entry of own)
    packed.push({ ...entry, name: finalName(entry.name), content: await packedBytes(archive, entry) })
  return packJar(packed)
}
