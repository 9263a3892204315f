/**
 * Lays the image's files into PXF_BASE, idempotently: observe, plan, check, apply. Nothing is written before
 * everything was checked. Reports carry paths and states, never a content.
 */
import { basename, dirname, join, relative } from 'node:path'
import { SupervisorError, exitCodes } from '../errors.ts'
import { apply, isIdle, obstacles, type PlannedWrite, type Work } from './apply.ts'
import { readImage, type ImageSources } from './image.ts'
import { formatManifest, manifestAfter } from './manifest.ts'
import { planSeeding, type SeedAction, type SeedMode, type SeedState } from './plan.ts'
import { readVolume } from './volume.ts'

export interface SeedOptions extends ImageSources {
  readonly pxfBase: string
  readonly mode: SeedMode
  readonly now?: () => Date
}

export interface ReportedFile {
  readonly path: string
  /** As it was found. */
  readonly state: SeedState
  readonly action: SeedAction
  /** Where the old file goes, or went; below PXF_BASE. */
  readonly backup?: string
}

export interface SeedReport {
  readonly files: readonly ReportedFile[]
  readonly warnings: readonly string[]
}

export type SeedOutcome = SeedReport & { readonly outcome: 'changed' | 'unchanged' }

/**
 * What a start would do, without doing it. What would stop the writing is a warning here.
 * @throws SupervisorError that names every fault of the seed and of PXF_BASE
 */
export async function inspectSeeds(options: SeedOptions): Promise<SeedReport> {
  const { work, report } = await prepare(options)
  return { ...report, warnings: [...report.warnings, ...(await obstacles(work))] }
}

/** @throws SupervisorError that names every fault; nothing was written then */
export async function reconcileSeeds(options: SeedOptions): Promise<SeedOutcome> {
  const { work, report } = await prepare(options)
  refuse(options, await obstacles(work))
  if (isIdle(work)) return { ...report, outcome: 'unchanged' }
  const backups = await apply(work)
  const files = report.files.map((file) => {
    const backup = backups.get(file.path)
    return backup === undefined ? file : { ...file, backup }
  })
  return { ...report, files, outcome: 'changed' }
}

async function prepare(options: SeedOptions): Promise<{ work: Work; report: SeedReport }> {
  const now = options.now?.() ?? new Date()
  const image = await readImage(options)
  const volume = await readVolume(options.pxfBase, image, options.jvmOptions)
  refuse(options, [...image.faults, ...volume.faults])
  const seeded = new Map([...volume.manifest].map(([path, { sha256 }]) => [path, sha256]))
  const plan = planSeeding(image.files, { files: volume.files, manifest: seeded }, options.mode)
  const actions = new Map(plan.map((file) => [file.path, file]))
  const writes = image.files.flatMap((seed): PlannedWrite[] => {
    const { action = 'none' } = actions.get(seed.path) ?? {}
    if (action === 'none' || action === 'keep') return []
    const target = volume.targets.get(seed.path) ?? join(volume.base, seed.path)
    // Untouched files need none: the image that brought them has them still.
    const backup = action === 'overwrite' && options.mode === '1' ? { backup: backupOf(target, now) } : {}
    return [{ seed, target, found: volume.files.get(seed.path), amend: action === 'amend', ...backup }]
  })
  const manifestText = formatManifest(manifestAfter(plan, volume.manifest, now))
  const work: Work = {
    volume,
    image,
    writes,
    manifestText: manifestText === volume.manifestText ? undefined : manifestText,
  }
  const planned = new Map(writes.map((write) => [write.seed.path, write.backup]))
  const files = plan.map(({ path, state, action }) => {
    const backup = planned.get(path)
    return { path, state, action, ...(backup === undefined ? {} : { backup: relative(volume.base, backup) }) }
  })
  return { work, report: { files, warnings: volume.warnings } }
}

/** PXF must take it neither for a JAR nor for a site file. */
function backupOf(target: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return join(dirname(target), `${basename(target)}.bak-${stamp}`)
}

function refuse({ pxfBase }: SeedOptions, faults: readonly string[]): void {
  const [first] = faults
  if (first === undefined) return
  const list = faults.length === 1 ? ` ${first}` : ` ${faults.length} faults\n  - ${faults.join('\n  - ')}`
  throw new SupervisorError(`cannot seed ${pxfBase}:${list}`, {
    code: 'seed',
    exitCode: exitCodes.configuration,
  })
}

export interface Drift {
  readonly path: string
  readonly state: SeedState
  /** What it is, and what to do about it. */
  readonly advice: string
}

/** The files that differ from the image: after a reconciliation, those that were kept. */
export function driftOf(report: SeedReport | SeedOutcome): Drift[] {
  const applied = 'outcome' in report
  return report.files.flatMap(({ path, state, action }) => {
    if (state === 'current' || (applied && (action === 'write' || action === 'overwrite'))) return []
    return [{ path, state, advice: adviceFor(path, state, action) }]
  })
}

function adviceFor(path: string, state: Exclude<SeedState, 'current'>, action: SeedAction): string {
  if (state === 'missing') return `${path} is missing; the next start writes it.`
  if (action === 'overwrite') return `${path} differs from the image; the next start overwrites it.`
  switch (state) {
    case 'outdated':
      return `${path} is as it was seeded, and the image or the environment has changed since; PXF_SEED_OVERWRITE=unmodified updates it, and so does deleting it.`
    case 'edited':
      return `${path} is not as it was seeded and is kept; delete it, or set PXF_SEED_OVERWRITE=1 (keeps a backup), to get the image's.`
    case 'edited-and-outdated':
      return `${path} is not as it was seeded and is kept, and the image or the environment has changed since; delete it, or set PXF_SEED_OVERWRITE=1 (keeps a backup), to get the image's.`
  }
}
