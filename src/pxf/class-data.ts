/**
 * Class data sharing for PXF: an archive of the classes that it loads at its start, which its Java maps into memory
 * instead of reading and verifying them. It is made while the image is built, for that PXF and that Java
 * (commands/share-classes.ts), and used through a JAVA_HOME whose `java` knows it (class-data/java). Here is decided
 * whether it fits. In doubt PXF starts as it always does.
 */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Config } from '../config/config.ts'
import { reasonOf, unlessAbsent } from '../errors.ts'
import { copyLibraries } from './class-data-libraries.ts'
import { common, contentsOf, type Contents } from './jar-contents.ts'
import { entriesOf, withArchive } from './jar-table.ts'

/** Files below the directory of the image. */
export const files = {
  manifest: 'manifest.json',
  /** What Java maps. */
  archive: 'classes.jsa',
  /** The class path of the archive. Files of the user follow. */
  classPath: 'class-path',
  /** The JDBC drivers of PXF, behind those of the user. */
  drivers: 'drivers',
  mainClass: 'main-class',
  javaHome: 'java-home',
  application: 'application',
  /** The classes of the application JAR that are in none of its libraries. */
  classes: 'classes.jar',
  libraries: 'jars',
  /** A JAVA_HOME whose `java` uses all of this. */
  java: 'java',
} as const

const whole = z.int().nonnegative()
const manifestSchema = z.object({
  version: z.literal(1),
  java: z.object({ home: z.string(), release: z.string() }),
  application: z.object({ path: z.string(), bytes: whole, modified: whole }),
  /** Where each library is in the application JAR. */
  libraries: z.array(z.object({ name: z.string().regex(/^[^/:]+\.jar$/), offset: whole, bytes: whole })),
  /** What comes before the files of the user, and in PXF's own order would come behind them. */
  contents: z.object({ folders: z.array(z.string()), files: z.array(z.string()) }),
})
export type Manifest = z.infer<typeof manifestSchema>

/** `absent`: the image was built without. */
export type ClassData =
  | { readonly state: 'off' | 'absent' }
  | { readonly state: 'unsuited'; readonly reason: string }
  | { readonly state: 'fits'; readonly manifest: Manifest }

type Tools = Readonly<Record<string, string>>
type Settings = Pick<Config['pxf'], 'classData' | 'base'>

/** Never throws. */
export async function observeClassData({ classData, base }: Settings, tools: Tools): Promise<ClassData> {
  if (!classData.enabled) return { state: 'off' }
  const path = join(classData.directory, files.manifest)
  try {
    const text = await unlessAbsent(readFile(path, 'utf8'))
    if (text === undefined) return { state: 'absent' }
    const manifest = manifestSchema.parse(JSON.parse(text))
    const reason = (await otherImage(manifest, tools)) ?? (await hidden(manifest.contents, base))
    return reason === undefined ? { state: 'fits', manifest } : { state: 'unsuited', reason }
  } catch (error) {
    return { state: 'unsuited', reason: `${path} cannot be used: ${reasonOf(error)}` }
  }
}

async function otherImage({ java, application }: Manifest, tools: Tools): Promise<string | undefined> {
  const home = tools['JAVA_HOME'] ?? ''
  if (home !== java.home || (await releaseOf(home)) !== java.release)
    return `it was made with the Java that was in ${java.home}, not with that of JAVA_HOME=${home}`
  const { bytes, modified } = application
  const found = await unlessAbsent(describeApplication(application.path))
  return found?.bytes === bytes && found.modified === modified
    ? undefined
    : `it was made for another ${application.path}`
}

/** Whole seconds, because not every image store keeps more. */
export async function describeApplication(path: string): Promise<Manifest['application']> {
  const { size, mtimeMs } = await stat(path)
  return { path, bytes: size, modified: Math.floor(mtimeMs / 1000) }
}

/** What identifies a build of Java: its version and the size of its machine. Java itself compares more. */
export async function releaseOf(home: string): Promise<string> {
  const version = (await unlessAbsent(readFile(join(home, 'release'), 'utf8'))) ?? ''
  const machine = await unlessAbsent(stat(join(home, 'lib/server/libjvm.so')))
  return `${version}${machine?.size ?? ''}`
}

/** PXF's own launcher puts the files of the user before those of PXF. With the archive they come behind. */
async function hidden(contents: Contents, base: string): Promise<string | undefined> {
  for (const folder of ['conf', 'lib']) {
    for (const name of (await unlessAbsent(readdir(join(base, folder)))) ?? []) {
      const isJar = /\.(jar|zip)$/.test(name)
      const found = isJar ? await contentsIn(join(base, folder, name)) : { folders: [], files: [name] }
      const both = common(contents, found)
      if (both !== undefined)
        return `${folder}/${name} is to take precedence over files of PXF (${both}), and with it would not`
    }
  }
  return undefined
}

async function contentsIn(path: string): Promise<Contents> {
  try {
    return contentsOf(await withArchive(path, entriesOf))
  } catch (error) {
    throw new Error(`${path}: ${reasonOf(error)}`, { cause: error })
  }
}

export interface Decision {
  /** Changes what `pxf start` gets. */
  readonly environment: Tools
  /** Why PXF starts without; empty if that is intended. */
  readonly reason: string
}

/** Never throws. A JAVA_HOME in `pxf-env.sh` takes precedence, and is without. */
export async function decideClassData(config: Settings, tools: Tools): Promise<Decision> {
  const { directory } = config.classData
  const found = await observeClassData(config, tools)
  const without = (reason: string) => ({ environment: {}, reason })
  if (found.state === 'unsuited') return without(found.reason)
  if (found.state !== 'fits') return without('')
  try {
    await copyLibraries(join(directory, files.libraries), found.manifest)
  } catch (error) {
    return without(`the libraries of PXF cannot be copied: ${reasonOf(error)}`)
  }
  return { environment: { JAVA_HOME: join(directory, files.java) }, reason: '' }
}
