/**
 * Owns `.seed-manifest.json` in PXF_BASE: the hash of each seeded file, and when it was seeded. It is written last. A
 * file that was written before a crash and is not listed equals the image, so the next start adds it.
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

/** @returns undefined if the text is not a manifest of this version */
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

/** The manifest after the plan was carried out. Entries for files of older images are kept. */
export function manifestAfter(plan: readonly PlannedFile[], before: Manifest, now: Date): Manifest {
  const after = new Map(before)
  for (const { path, remember } of plan) {
    if (remember === undefined || remember === before.get(path)?.sha256) continue
    after.set(path, { sha256: remember, seededAt: now.toISOString() })
  }
  return after
}
