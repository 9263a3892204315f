/**
 * Decides what happens to each seed file. It knows only hashes, no contents, so its result cannot reveal secrets. Pure.
 *
 *   found on the volume                      state                 0      unmodified   1
 *   nothing                                  missing               write  write        write
 *   the image's bytes                        current               none   none         none
 *   what we seeded; the image has moved on   outdated              keep   overwrite    overwrite
 *   not what we seeded; the image has not    edited                keep   keep         overwrite
 *   not what we seeded, and the image moved  edited-and-outdated   keep   keep         overwrite
 *   something, and no record of seeding      edited                keep   keep         overwrite
 *   something, and the image's file lacks    unfilled              keep   keep, held   held
 *   a variable                                                            if untouched
 *
 * `hold`: it should be written, but a variable is missing. The same applies to a `missing` file.
 *
 * `amend` instead of `none` or `keep`: only the program's own line in `pxf-env.sh` is added.
 */
export type SeedMode = '0' | '1' | 'unmodified'
export type SeedState = 'missing' | 'current' | 'outdated' | 'edited' | 'edited-and-outdated' | 'unfilled'
export type SeedAction = 'none' | 'write' | 'overwrite' | 'amend' | 'keep'

export interface ImageFile {
  readonly path: string
  readonly sha256: string
  /** Variables that are not set, so that the contents are unknown. */
  readonly lacks?: readonly string[]
}

export interface VolumeFile {
  readonly sha256: string
  /** The hash with the program's own line added, if the file lacks it. */
  readonly amendedSha256?: string
}

export interface PlannedFile {
  readonly path: string
  readonly state: SeedState
  readonly action: SeedAction | 'hold'
  /** The hash to record in the manifest. */
  readonly remember?: string
}

/**
 * @param volume the existing files, by path
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
  // The program's own line is not a user's edit, so the file is compared with the line added.
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
