/**
 * What the image brings of custom protocols and formats: one folder a library, with a manifest.json. Read and checked
 * here, with every fault collected; nothing is known of the database yet.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { errnoOf, reasonOf } from '../errors.ts'

export interface Library {
  /** The folder, under which it is reported. */
  readonly name: string
  /** The manifest, which errors name. */
  readonly file: string
  /** As the functions refer to it: `$libdir/<library>`. */
  readonly library: string
  readonly protocol: Protocol | undefined
  readonly formatters: readonly Formatter[]
  readonly databases: readonly string[]
  /** Each role and privilege once. */
  readonly grants: readonly Grant[]
}

export interface Protocol {
  readonly name: string
  readonly read: string | undefined
  readonly write: string | undefined
  readonly validate: string | undefined
  readonly trusted: boolean
}

export interface Formatter {
  readonly name: string
  readonly symbol: string
  readonly direction: 'import' | 'export'
}

export interface Grant {
  readonly role: string
  readonly privilege: 'select' | 'insert'
}

/** A folder that cannot be used, and everything that is wrong with it. */
export interface FaultyLibrary {
  readonly name: string
  readonly faults: readonly string[]
}

export interface Libraries {
  readonly sound: readonly Library[]
  readonly faulty: readonly FaultyLibrary[]
}

/** Greenplum's own, and the one of extension pxf. */
const takenProtocols = new Set(['file', 'http', 'gpfdist', 'gpfdists', 'pxf'])

const text = (pattern: RegExp, allowed: string) => z.string(allowed).regex(pattern, allowed)
const cName = text(/^[A-Za-z_]\w{0,62}$/, 'the name of a C function: letters, digits and _, at most 63')
const name = text(/^[^\0]{1,63}$/, 'a name of 1 to 63 characters')

const manifestSchema = z
  .strictObject({
    protocol: z
      .strictObject({
        name: text(
          /^[a-z][a-z0-9_]{0,62}$/,
          'the beginning of a URL: lower-case letters, digits and _, at most 63',
        ).refine((value) => !takenProtocols.has(value), 'a name that Greenplum or PXF does not use itself'),
        read: cName.optional(),
        write: cName.optional(),
        validate: cName.optional(),
        trusted: z.boolean('true or false').default(false),
      })
      .refine(
        ({ read, write }) => read !== undefined || write !== undefined,
        'with "read" or "write", or both',
      )
      .optional(),
    formatters: z
      .array(
        z.strictObject({
          name: cName,
          direction: z.enum(['import', 'export']),
          symbol: cName.optional(),
        }),
      )
      .default([]),
    library: text(/^[\w.-]+$/, 'the name of a library without folder and .so').optional(),
    databases: z.array(name).min(1, 'at least one database').optional(),
    grants: z
      .array(
        z.strictObject({
          privilege: z.enum(['select', 'insert', 'all']),
          roles: z.array(name).min(1, 'at least one role'),
        }),
      )
      .default([]),
  })
  .refine(({ protocol, formatters }) => protocol !== undefined || formatters.length > 0, {
    message: 'a manifest with "protocol" or "formatters", or both',
  })
  .refine(({ protocol, grants }) => grants.length === 0 || protocol?.trusted === true, {
    path: ['grants'],
    message: 'left out where there is no protocol with "trusted": true; only superusers may use another one',
  })

/** In the place of a folder's name: the folder of all of them cannot be read. */
export const wholeFolder = '(all)'

/** Reads every folder. A missing `directory` has none; what cannot be read is a fault. */
export async function readLibraries(directory: string, defaultDatabase: string): Promise<Libraries> {
  let folders: string[]
  try {
    folders = await listFolders(directory)
  } catch (error) {
    return {
      sound: [],
      faulty: [{ name: wholeFolder, faults: [`cannot read ${directory}: ${reasonOf(error)}`] }],
    }
  }
  const read = await Promise.all(
    folders.map(async (folder): Promise<Library | FaultyLibrary> => {
      const file = join(directory, folder, 'manifest.json')
      try {
        return parseManifest(await readFile(file, 'utf8'), { name: folder, file, defaultDatabase })
      } catch (error) {
        const missing = errnoOf(error) === 'ENOENT' ? 'it does not exist' : reasonOf(error)
        return { name: folder, faults: [`cannot read ${file}: ${missing}`] }
      }
    }),
  )
  return withoutClashes(read)
}

/** Plain files are no libraries. */
async function listFolders(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .toSorted()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

export function parseManifest(
  content: string,
  { name: folder, file, defaultDatabase }: { name: string; file: string; defaultDatabase: string },
): Library | FaultyLibrary {
  let json: unknown
  try {
    // Some editors put a byte order mark first.
    json = JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { name: folder, faults: [`${file}: this is not JSON: ${reasonOf(error)}`] }
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) {
    return { name: folder, faults: parsed.error.issues.flatMap((issue) => describe(issue, file, json)) }
  }
  const { protocol, formatters, library, databases, grants } = parsed.data
  return {
    name: folder,
    file,
    library: `$libdir/${library ?? folder}`,
    protocol:
      protocol === undefined
        ? undefined
        : { ...protocol, read: protocol.read, write: protocol.write, validate: protocol.validate },
    formatters: formatters.map(({ symbol, ...formatter }) => ({
      ...formatter,
      symbol: symbol ?? formatter.name,
    })),
    databases: [...new Set(databases ?? [defaultDatabase])],
    grants: expand(grants),
  }
}

function expand(
  grants: readonly { readonly privilege: 'select' | 'insert' | 'all'; readonly roles: readonly string[] }[],
): Grant[] {
  const all = grants.flatMap(({ privilege, roles }) =>
    roles.flatMap((role) =>
      (privilege === 'all' ? (['select', 'insert'] as const) : [privilege]).map((one) => ({
        role,
        privilege: one,
      })),
    ),
  )
  return [...new Map(all.map((grant) => [`${grant.privilege} ${grant.role}`, grant])).values()]
}

interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly values?: readonly unknown[]
}

function describe(issue: Issue, file: string, json: unknown): string[] {
  const key = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const place = key.replace(/^\./, '')
  if (issue.keys !== undefined) {
    return issue.keys.map((unknown) => `${file}: ${at(place, unknown)} is no key of a manifest`)
  }
  const given = issue.path.reduce(lookInto, json)
  const value = given === undefined ? 'missing' : JSON.stringify(given)
  const allowed = issue.values === undefined ? issue.message : `one of ${issue.values.join(', ')}`
  return [`${file}: ${place === '' ? 'the whole' : place} is ${value}; allowed: ${allowed}`]
}

const at = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`)

const lookInto = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined

/** Two libraries may not make the same function or protocol in one database. */
function withoutClashes(read: readonly (Library | FaultyLibrary)[]): Libraries {
  const owners = new Map<string, Library>()
  const sound: Library[] = []
  const faulty = read.filter((one) => 'faults' in one)
  for (const library of read) {
    if ('faults' in library) continue
    const claims = claimsOf(library)
    const faults = claims.flatMap(([claim, what], index) => {
      const owner = owners.get(claim)
      if (owner !== undefined) return [`${library.file}: ${what} is made by ${owner.file} already`]
      const isFirst = claims.findIndex(([other]) => other === claim) === index
      return isFirst ? [] : [`${library.file}: ${what} is wanted twice, and not as the same`]
    })
    if (faults.length > 0) faulty.push({ name: library.name, faults: [...new Set(faults)] })
    else sound.push(library)
    for (const [claim] of claims) if (!owners.has(claim)) owners.set(claim, library)
  }
  return { sound, faulty }
}

function claimsOf({ databases, protocol, formatters }: Library): [string, string][] {
  // One function may read and write.
  const transfer = [...new Set([protocol?.read, protocol?.write])]
  const functions = [...transfer, protocol?.validate].filter((one) => one !== undefined)
  const names = [
    ...(protocol === undefined ? [] : [[`protocol ${protocol.name}`, `protocol ${protocol.name}`]]),
    ...functions.map((one) => [`${one}()`, `function ${one}`]),
    ...formatters.map((one) => [
      `${one.name}(${one.direction === 'export' ? 'record' : ''})`,
      `function ${one.name}`,
    ]),
  ]
  return databases.flatMap((database) =>
    names.map(([claim, what]): [string, string] => [`${database} ${claim ?? ''}`, what ?? '']),
  )
}
