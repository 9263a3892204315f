/** Looks at everything that decides whether a prepared cluster fits this host. Writes nothing. */
import { readdir, stat, statfs } from 'node:fs/promises'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import type { RunTool } from '../children/tool.ts'
import type { Config, Environment } from '../config/config.ts'
import { unlessAbsent } from '../errors.ts'
import { readRegular } from '../regular-file.ts'
import { parseAssignments } from './gpinitsystem.ts'
import { imageFacts } from './image-facts.ts'
import type { HostFacts } from './judge.ts'
import type { Manifest } from './manifest.ts'

export interface Host {
  readonly hostname: string
  /** Of the start script. */
  readonly environment: Environment
  /** Of the tools. */
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
}

/** @throws if something cannot be read */
export async function hostFacts(
  { manifest, configurationFile }: { readonly manifest: Manifest; readonly configurationFile: string },
  config: Config['greenplum'],
  { hostname, environment, toolEnvironment, runTool }: Host,
): Promise<HostFacts> {
  const { dataDirectory, profile } = config
  const assignments = parseAssignments(await readRegular(configurationFile))
  const [image, space, hosts, inTheWay] = await Promise.all([
    imageFacts(toolEnvironment, runTool),
    statfs(dataDirectory),
    hostsOf(assignments?.['MACHINE_LIST_FILE']),
    findInTheWay(manifest, dataDirectory),
  ])
  const timeZone = environment['TZ'] || undefined
  return {
    ...image,
    hostname,
    extras: profile.beyondPlainCluster
      .map((variable) => `${profile.prefix}_${variable}`)
      .filter((name) => environment[name] === 'true'),
    assignments,
    hosts,
    architecture: arch(),
    freeBytes: space.bavail * space.bsize,
    timeZone,
    knowsTimeZone: timeZone !== undefined && (await knows(timeZone, profile.timeZones)),
    inTheWay,
  }
}

async function hostsOf(file: string | undefined): Promise<string[]> {
  if (file === undefined) return []
  return (await readRegular(file))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** A directory with something in it, or one on another file system, into which nothing can be renamed. */
async function findInTheWay({ servers }: Manifest, dataDirectory: string): Promise<string[]> {
  const { dev } = await stat(dataDirectory)
  const found = await Promise.all(
    servers.map(async ({ path }) => {
      const target = join(dataDirectory, path)
      const entries = await unlessAbsent(readdir(target))
      if (entries !== undefined) return [target]
      const parent = dirname(target)
      return (await stat(parent)).dev === dev ? [] : [`${parent} (another file system)`]
    }),
  )
  return found.flat()
}

async function knows(timeZone: string, folders: readonly string[]): Promise<boolean> {
  if (!/^[\w+-]+(\/[\w+-]+)*$/.test(timeZone)) return false
  const found = await Promise.all(folders.map((folder) => unlessAbsent(stat(join(folder, timeZone)))))
  return found.some((file) => file?.isFile() === true)
}
