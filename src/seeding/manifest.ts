/**
 * Owns `.seed-manifest.json` in PXF_BASE: what was seeded, by its hash, and when. It is written last. A file that
 * was written before a crash and is not in it equals the image, and so finds its way in at the next start.
 */
import * as z from 'zod'
import type { PlannedFile } from './plan.ts'

export const manifestName = '.seed-manifest.json'

const schema = z.object({
  version: z.literal(1),
  files: z.record(
    z.string(),
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), seededAt: z.iso.datetime() }),
  ),
})

export interface Seeded {
  readonly sha256: string
  readonly seededAt: string
}

export type Manifest = ReadonlyMap<string, Seeded>

/** undefined for a text that is no manifest of this version. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    return new Map(Object.entries(schema.parse(JSON.parse(text)).files))
  } catch {
    return undefined
  }
}

export function formatManifest(manifest: Manifest): string {
  const files = Object.fromEntries([...manifest].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return `${JSON.stringify({ version: 1, files } satisfies z.infer<typeof schema>, undefined, 2)}\n`
}

/** The manifest after the plan was carried out. What is known of other files, of an older image, stays known. */
export function manifestAfter(plan: readonly PlannedFile[], before: Manifest, now: Date): Manifest {
  const after = new Map(before)
  for (const { path, remember } of plan) {
    if (remember === undefined || remember === before.get(path)?.sha256) continue
    after.set(path, { sha256: remember, seededAt: now.toISOString() })
  }
  return after
}
