/**
 * Decides what becomes of each seed file: pure. It knows hashes only, never a content, so nothing that it
 * returns can give a secret away.
 *
 *   found on the volume                      state                 0      unmodified   1
 *   nothing                                  missing               write  write        write
 *   the image's bytes                        current               none   none         none
 *   what we seeded; the image has moved on   outdated              keep   overwrite    overwrite
 *   not what we seeded; the image has not    edited                keep   keep         overwrite
 *   not what we seeded, and the image moved  edited-and-outdated   keep   keep         overwrite
 *   something, and we know of no seeding     edited                keep   keep         overwrite
 *   something, and the image's file lacks    unfilled              keep   keep, held   held
 *   a variable                                                            if untouched
 *
 * `hold`: it should be written and cannot be, for a variable is missing; so is a `missing` file then.
 *
 * `amend` instead of `none` or `keep`: only our line of `pxf-env.sh` is added, all else stays.
 */
export type SeedMode = '0' | '1' | 'unmodified'
export type SeedState = 'missing' | 'current' | 'outdated' | 'edited' | 'edited-and-outdated' | 'unfilled'
export type SeedAction = 'none' | 'write' | 'overwrite' | 'amend' | 'keep'

export interface ImageFile {
  readonly path: string
  readonly sha256: string
  /** Variables that the environment lacks: its bytes are not known. */
  readonly lacks?: readonly string[]
}

export interface VolumeFile {
  readonly sha256: string
  /** The hash once our own line is added, if it lacks one. */
  readonly amendedSha256?: string
}

export interface PlannedFile {
  readonly path: string
  readonly state: SeedState
  readonly action: SeedAction | 'hold'
  /** What the manifest must say about the file afterwards. */
  readonly remember?: string
}

/**
 * @param volume what lies there, by path; no entry means nothing
 * @param manifest the hash of what was seeded last, by path
 */
export function planSeeding(
  image: readonly ImageFile[],
  volume: { readonly files: ReadonlyMap<string, VolumeFile>; readonly manifest: ReadonlyMap<string, string> },
  mode: SeedMode,
): PlannedFile[] {
  return image.map((file) =>
    planFile(file, volume.files.get(file.path), volume.manifest.get(file.path), mode),
  )
}

function planFile(
  { path, sha256, lacks = [] }: ImageFile,
  found: VolumeFile | undefined,
  seeded: string | undefined,
  mode: SeedMode,
): PlannedFile {
  if (lacks.length > 0) return planUnfilled(path, found, seeded, mode)
  if (found === undefined) return { path, state: 'missing', action: 'write', remember: sha256 }
  const amended = found.amendedSha256
  // Our own line is no edit of the user's: the file is judged as it reads with it.
  const now = amended ?? found.sha256
  if (now === sha256) {
    return { path, state: 'current', action: amended === undefined ? 'none' : 'amend', remember: sha256 }
  }
  const untouched = seeded !== undefined && (seeded === found.sha256 || seeded === now)
  const state = untouched
    ? 'outdated'
    : seeded === undefined || seeded === sha256
      ? 'edited'
      : 'edited-and-outdated'
  if (mode === '1' || (mode === 'unmodified' && untouched)) {
    return { path, state, action: 'overwrite', remember: sha256 }
  }
  const remember = untouched ? now : seeded
  const action = amended === undefined ? 'keep' : 'amend'
  return { path, state, action, ...(remember === undefined ? {} : { remember }) }
}

function planUnfilled(
  path: string,
  found: VolumeFile | undefined,
  seeded: string | undefined,
  mode: SeedMode,
): PlannedFile {
  const remember = seeded === undefined ? {} : { remember: seeded }
  if (found === undefined) return { path, state: 'missing', action: 'hold', ...remember }
  const asked = mode === '1' || (mode === 'unmodified' && seeded === found.sha256)
  return { path, state: 'unfilled', action: asked ? 'hold' : 'keep', ...remember }
}
