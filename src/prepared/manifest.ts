/** What an archive says about the cluster in it. */
import * as z from 'zod'

const server = z.object({
  /** Relative to the data directory. */
  path: z.string().regex(/^(?!\.)[\w-]+(\/(?!\.)[\w-]+){1,2}$/),
  /** What it takes on a disk, holes included: a server fills them later. */
  bytes: z.number().int().nonnegative(),
  wal: z.object({ file: z.string().regex(/^pg_\w+\/\w+$/), bytes: z.number().int().positive() }),
  /** Its part of the archive, in bytes after the head, and its SHA-256. */
  length: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const manifestSchema = z.object({
  version: z.literal(1),
  packedAt: z.string(),
  packedBy: z.string(),
  family: z.string(),
  /** What `postgres --gp-version` prints: release and build. */
  release: z.string(),
  catalogVersion: z.string(),
  /** Files of one processor, or sorted by one C library, are damaged under another. */
  architecture: z.string(),
  library: z.string(),
  checksums: z.string().optional(),
  systemIdentifier: z.string(),
  timeZone: z.string().optional(),
  user: z.string(),
  dataDirectory: z.string(),
  segmentPrefix: z.string(),
  database: z.string(),
  host: z.string(),
  /** Those of gpinitsystem_config. */
  assignments: z.record(z.string(), z.string()),
  /** The coordinator's is the first. */
  servers: z.array(server).min(2),
})

export type Manifest = z.output<typeof manifestSchema>
export type PackedServer = Manifest['servers'][number]

/** @throws if it is not one of this program's */
export function parseManifest(text: string): Manifest {
  const value = JSON.parse(text) as { version?: unknown }
  if (value.version !== 1)
    throw new Error(`its version is ${JSON.stringify(value.version)}, and this program reads 1`)
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`its manifest is not understood (${issue?.path.join('.')}: ${issue?.message})`)
  }
  return parsed.data
}
