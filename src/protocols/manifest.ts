/**
 * Reads and checks the custom protocols and formats of the image: one directory per library, with a manifest.json. All
 * faults are collected. The database is not involved yet.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { errnoOf, reasonOf } from '../errors.ts'

export interface Library {
  /** The name of the directory, which identifies it in reports. */
  readonly name: string
  /** The path of the manifest, for errors. */
  readonly file: string
  /** The form that functions use: `$libdir/<library>`. */
  readonly library: string
  readonly protocol: Protocol | undefined
  readonly formatters: readonly Formatter[]
  readonly databases: readonly string[]
  /** Without duplicates. */
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

/** A directory that cannot be used, with all of its faults. */
export interface FaultyLibrary {
  readonly name: string
  readonly faults: readonly string[]
}

export interface Libraries {
  readonly sound: readonly Library[]
  readonly faulty: readonly FaultyLibrary[]
}

/** The protocols of Greenplum and of the extension pxf. */
const takenProtocols = new Set(['file', 'http', 'gpfdist', 'gpfdists', 'pxf'])

const text = (pattern: RegExp, allowed: string) => z.string(allowed).regex(pattern, allowed)
const cName = text(
  /^[A-Za-z_]\w{0,62}$/,
  'the name of a C function: at most 63 letters, digits and _, not starting with a digit',
)
const name = text(/^[^\0]{1,63}$/, 'a name of 1 to 63 characters')

const manifestSchema = z
  .strictObject({
    protocol: z
      .strictObject({
        name: text(
          /^[a-z][a-z0-9_]{0,62}$/,
          'a URL scheme: at most 63 lower-case letters, digits and _, starting with a letter',
        ).refine((value) => !takenProtocols.has(value), 'a name that neither Greenplum nor PXF uses'),
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
    library: text(/^[\w.-]+$/, 'the name of a library without directory and .so').optional(),
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
    message:
      'no value without a protocol with "trusted": true, because only superusers may use other protocols',
  })

/** Used instead of a directory name if the directory of all libraries cannot be read. */
export const wholeFolder = '(all)'

/** Reads every library. If `directory` does not exist, there are none. An unreadable one is a fault. */
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

/** Ignores plain files. */
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
    // Some editors add a byte order mark.
    json = JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { name: folder, faults: [`${file}: this is not valid JSON: ${reasonOf(error)}`] }
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
    return issue.keys.map((unknown) => `${file}: ${at(place, unknown)} is not a key of a manifest`)
  }
  const given = issue.path.reduce(lookInto, json)
  const value = given === undefined ? 'missing' : JSON.stringify(given)
  const allowed = issue.values === undefined ? issue.message : `one of ${issue.values.join(', ')}`
  return [`${file}: ${place === '' ? 'the manifest' : place} is ${value}; allowed: ${allowed}`]
}

const at = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`)

const lookInto = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined

/** Two libraries must not define the same function or protocol in one database. */
function withoutClashes(read: readonly (Library | FaultyLibrary)[]): Libraries {
  const owners = new Map<string, Library>()
  const sound: Library[] = []
  const faulty = read.filter((one) => 'faults' in one)
  for (const library of read) {
    if ('faults' in library) continue
    const claims = claimsOf(library)
    const faults = claims.flatMap(([claim, what], index) => {
      const owner = owners.get(claim)
      if (owner !== undefined) return [`${library.file}: ${what} is already defined by ${owner.file}`]
      const isFirst = claims.findIndex(([other]) => other === claim) === index
      return isFirst ? [] : [`${library.file}: ${what} is defined twice, differently`]
    })
    if (faults.length > 0) faulty.push({ name: library.name, faults: [...new Set(faults)] })
    else sound.push(library)
    for (const [claim] of claims) if (!owners.has(claim)) owners.set(claim, library)
  }
  return { sound, faulty }
}

function claimsOf({ databases, protocol, formatters }: Library): [string, string][] {
  // The same function may read and write.
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
