/**
 * What a host says of itself when another host of its cluster asks: lines of JSON, without anything secret. The first says
 * all but the files, which may be many; a line that is too long is cut by whoever runs a tool.
 */
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import * as z from 'zod'
import { outputOf, type RunTool } from '../children/tool.ts'
import type { Config } from '../config/config.ts'
import { isAbsent, unlessAbsent } from '../errors.ts'
import { readRegular } from '../regular-file.ts'
import { hashFile } from '../seeding/image.ts'
import { observePlace, type CoordinatorPlace } from './standby-place.ts'

const roleSchema = z.object({
  /** Each promotion counts one on; 1 before the first. */
  term: z.int(),
  /** What a promotion made of it; absent if there was none. */
  promoted: z.enum(['master', 'standby']).optional(),
  /** Whether the coordinator's place has the data of a server that follows no other, and whether it runs. */
  coordinator: z.enum(['none', 'stopped', 'runs']),
})
export type RoleOfHost = Readonly<z.infer<typeof roleSchema>>

const headSchema = z.object({
  ...roleSchema.shape,
  /** The version of this program. */
  supervisor: z.string(),
  /** `postgres --gp-version` without its name. */
  greenplum: z.string(),
  pxf: z.string(),
  /** So many lines of files follow. */
  lines: z.int().min(0),
})
const filesSchema = z.object({ files: z.record(z.string(), z.string()) })

export type HostDescription = Readonly<Omit<z.infer<typeof headSchema>, 'lines'>> & {
  /** What the image brings for PXF and the database: a digest for each file. */
  readonly files: Readonly<Record<string, string>>
}

/** The paths of so many files are shorter than a line that is kept whole. */
const filesInLine = 10

export function describedLines({ files, ...head }: HostDescription): string[] {
  const entries = Object.entries(files)
  const chunks = Array.from({ length: Math.ceil(entries.length / filesInLine) }, (_, index) =>
    entries.slice(index * filesInLine, (index + 1) * filesInLine),
  )
  return [
    JSON.stringify({ ...head, lines: chunks.length }),
    ...chunks.map((chunk) => JSON.stringify({ files: Object.fromEntries(chunk) })),
  ]
}

export interface DescribePorts {
  readonly config: Config
  readonly version: string
  readonly toolEnvironment: Readonly<Record<string, string>>
  readonly runTool: RunTool
}

/** Needs no program of Greenplum, so that it is answered whatever else is wrong there. */
export async function describeRole({ cluster, greenplum }: Config): Promise<RoleOfHost> {
  const { term } = cluster
  return {
    term,
    ...(term > 1 ? { promoted: greenplum.deployment === 'master' ? 'master' : 'standby' } : {}),
    coordinator: coordinatorIn(await observePlace(greenplum)),
  }
}

export async function describeHost(ports: DescribePorts): Promise<HostDescription> {
  const { config, toolEnvironment, runTool, version } = ports
  const ask = async (command: string, word: string) =>
    (
      await outputOf({ command, arguments: [word], environment: toolEnvironment, timeoutMs: 5000 }, runTool)
    ).trim()
  return {
    supervisor: version,
    greenplum: (await ask('postgres', '--gp-version')).replace(/^postgres \([^)]*\) /, ''),
    pxf: ((await unlessAbsent(readRegular(join(config.pxf.home, 'version')))) ?? 'none').trim(),
    ...(await describeRole(config)),
    files: await digests(ports, await ask('pg_config', '--pkglibdir')),
  }
}

function coordinatorIn({
  follows,
  isCopy,
  isServer,
  postmaster,
}: CoordinatorPlace): HostDescription['coordinator'] {
  if (!isServer || follows || isCopy) return 'none'
  return postmaster === 'alive' || postmaster === 'unknown' ? 'runs' : 'stopped'
}

/**
 * @returns undefined for anything else: the complaint of an older version that it has no such command, or an answer that
 *   was cut
 */
export function parseDescription(output: string): HostDescription | undefined {
  const [first, ...others] = output
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [parsed(line)] : []))
  const head = headSchema.safeParse(first).data
  if (head === undefined) return undefined
  const { lines, ...rest } = head
  const chunks = others.flatMap((other) => filesSchema.safeParse(other).data ?? [])
  if (chunks.length !== lines) return undefined
  const files: Record<string, string> = {}
  for (const chunk of chunks) Object.assign(files, chunk.files)
  return { ...rest, files }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

/** What decides which of two hosts has the coordinator needs the first line alone. */
export function parseRole(output: string): RoleOfHost | undefined {
  const line = output.split('\n').find((text) => text.startsWith('{')) ?? ''
  return roleSchema.safeParse(parsed(line)).data
}

/** The files of the image that a host may lack: those for PXF, those for the database, and the protocols' libraries. */
async function digests({ config }: DescribePorts, libraries: string): Promise<Record<string, string>> {
  const { protocols, pxf, sql } = config
  const [ofProtocols, ...others] = await Promise.all(
    [protocols.directory, pxf.seedDirectory, sql.directory].map(filesBelow),
  )
  const folders = new Set(
    (ofProtocols ?? []).map((file) => relative(protocols.directory, file).split('/')[0]),
  )
  const compiled = [...folders].map((folder) => join(libraries, `${folder}.so`))
  const entries = await Promise.all(
    [...(ofProtocols ?? []), ...others.flat(), ...compiled].map(async (file) => {
      const digest = await unlessAbsent(hashFile(file))
      return digest === undefined ? [] : [[file, digest.slice(0, digestLength)] as const]
    }),
  )
  return Object.fromEntries(entries.flat())
}

/** Enough to tell two files apart that nobody made alike on purpose. */
const digestLength = 16

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}
