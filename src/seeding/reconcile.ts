/**
 * Copies the image's files into PXF_BASE, idempotently: observe, plan, check, apply. Nothing is written before everything
 * has been checked. A faulty PXF server is held back while the rest is copied. Reports contain paths and states, never
 * contents.
 */
import { basename, dirname, join, relative } from 'node:path'
import { finding, type Finding, type FindingText } from '../findings/finding.ts'
import { apply, isIdle, obstacles, type PlannedWrite, type Work } from './apply.ts'
import { divide, obstacleFinding, refuseFaults, serverOf, type HeldBack, type SeedFault } from './faults.ts'
import { readImage, type ImageSources } from './image.ts'
import { formatManifest, manifestAfter } from './manifest.ts'
import { planSeeding, type PlannedFile, type SeedAction, type SeedMode, type SeedState } from './plan.ts'
import { readPxfBase } from './pxf-base.ts'

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
  /** Missing variables, without which the image's file cannot be filled in. */
  readonly lacks?: readonly string[]
  /** Where the old file is or will be kept, below PXF_BASE. */
  readonly backup?: string
}

export interface SeedReport {
  /** Without files of servers that are held back. */
  readonly files: readonly ReportedFile[]
  readonly heldBack: readonly HeldBack[]
  readonly warnings: readonly Finding[]
}

export type SeedOutcome = SeedReport & { readonly outcome: 'changed' | 'unchanged' }

/**
 * Reports what a start would do, without doing it. Obstacles to writing are warnings here.
 * @throws SupervisorError with every fault of the seed files and of PXF_BASE as a whole
 */
export async function inspectSeeds(options: SeedOptions): Promise<SeedReport> {
  const { report, inTheWay } = await prepare(options)
  return { ...report, warnings: [...report.warnings, ...inTheWay.map(obstacleFinding)] }
}

/**
 * @param signal stops it between two files; the next call continues
 * @throws SupervisorError with every fault that affects all files; then nothing was written
 */
export async function reconcileSeeds(options: SeedOptions, signal?: AbortSignal): Promise<SeedOutcome> {
  const { work, report, inTheWay } = await prepare(options)
  refuseFaults(options.pxfBase, inTheWay)
  if (isIdle(work)) return { ...report, outcome: 'unchanged' }
  const backups = await apply(work, signal)
  const files = report.files.map((file) => {
    const backup = backups.get(file.path)
    return backup === undefined ? file : { ...file, backup }
  })
  return { ...report, files, outcome: 'changed' }
}

interface Preparation {
  readonly work: Work
  readonly report: SeedReport
  /** What would prevent all writing. */
  readonly inTheWay: readonly SeedFault[]
}

async function prepare(options: SeedOptions): Promise<Preparation> {
  const now = options.now?.() ?? new Date()
  const image = await readImage(options)
  const volume = await readPxfBase(options.pxfBase, image, options.jvmOptions)
  const seeded = new Map([...volume.manifest].map(([path, { sha256 }]) => [path, sha256]))
  const plan = planSeeding(image.files, { files: volume.files, manifest: seeded }, options.mode)
  const held = new Set(plan.filter(({ action }) => action === 'hold').map(({ path }) => path))
  const faults = [...image.faults, ...image.unfilled.filter(({ path }) => held.has(path)), ...volume.faults]
  if (divide(faults).whole.length > 0) refuseFaults(options.pxfBase, faults)
  const looked: Looked = { image, volume, plan, mode: options.mode, now }
  const inTheWay = await obstacles(workWithout(divide(faults).servers, looked))
  const { whole, servers } = divide([...faults, ...inTheWay])
  const work = workWithout(servers, looked)
  const backups = new Map(work.writes.map((write) => [write.seed.path, write.backup]))
  const lacks = new Map(image.files.map((file) => [file.path, file.lacks]))
  const files = plan.flatMap(({ path, state, action }): ReportedFile[] => {
    if (action === 'hold' || servers.has(serverOf(path) ?? '')) return []
    const backup = backups.get(path)
    return [
      {
        path,
        state,
        action,
        ...(state === 'unfilled' ? { lacks: lacks.get(path) ?? [] } : {}),
        ...(backup === undefined ? {} : { backup: relative(volume.base, backup) }),
      },
    ]
  })
  const heldBack = [...servers].map(([server, why]): HeldBack => {
    const onVolume = [...volume.files.keys()].some((path) => serverOf(path) === server)
    return { server, onVolume, faults: why }
  })
  return { work, report: { files, heldBack, warnings: volume.warnings }, inTheWay: whole }
}

interface Looked extends Pick<Work, 'image' | 'volume'> {
  readonly plan: readonly PlannedFile[]
  readonly mode: SeedMode
  readonly now: Date
}

/** The whole work except for the files of servers that are held back. */
function workWithout(
  servers: ReadonlyMap<string, unknown>,
  { image, volume, plan, mode, now }: Looked,
): Work {
  const wanted = ({ path }: { readonly path: string }) => !servers.has(serverOf(path) ?? '')
  const wantedPlan = plan.filter(wanted)
  const actions = new Map(wantedPlan.map(({ path, action }) => [path, action]))
  const writes = image.files.flatMap((seed): PlannedWrite[] => {
    const action = actions.get(seed.path) ?? 'none'
    if (action === 'none' || action === 'keep' || action === 'hold') return []
    const target = volume.targets.get(seed.path) ?? join(volume.base, seed.path)
    // Unedited files need no backup: the image from which they came still has them.
    const backup = action === 'overwrite' && mode === '1' ? { backup: backupOf(target, now) } : {}
    return [{ seed, target, found: volume.files.get(seed.path), amend: action === 'amend', ...backup }]
  })
  const manifestText = formatManifest(manifestAfter(wantedPlan, volume.manifest, now))
  return {
    image,
    volume: { ...volume, missingDirectories: volume.missingDirectories.filter(wanted) },
    writes,
    manifestText: manifestText === volume.manifestText ? undefined : manifestText,
  }
}

/** PXF must not mistake it for a JAR or a site file. */
function backupOf(target: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return join(dirname(target), `${basename(target)}.bak-${stamp}`)
}

/** A file that differs from the image. */
export interface Drift extends Finding {
  readonly path: string
  readonly state: Exclude<SeedState, 'current'>
}

/** The files that differ from the image: after a reconciliation, those that were kept. */
export function driftOf(report: SeedReport | SeedOutcome): Drift[] {
  const applied = 'outcome' in report
  return report.files.flatMap(({ path, state, action, lacks = [] }) => {
    if (state === 'current' || (applied && (action === 'write' || action === 'overwrite'))) return []
    const text = action === 'overwrite' ? overwritten(path) : words[state](path, lacks)
    return [{ ...finding(`seeds.${state}`, { ...text, where: path }), path, state }]
  })
}

type Words = Pick<FindingText<never>, 'text' | 'cause' | 'fix'>

const overwritten = (path: string): Words => ({
  text: `${path} differs from the image`,
  fix: 'the next start overwrites it',
})

const staysInUse = (path: string): string => `PXF uses ${path} of the volume, and PXF_SEED_OVERWRITE keeps it`
const toHaveTheImages =
  "to get the image's version, delete it, or set PXF_SEED_OVERWRITE=1 (which keeps a backup)"

/** PXF_SEED_OVERWRITE=unmodified applies to all files, so it is only suggested for unedited ones. */
const words: Readonly<Record<Drift['state'], (path: string, lacks: readonly string[]) => Words>> = {
  missing: (path) => ({ text: `${path} is missing`, fix: 'the next start writes it' }),
  outdated: (path) => ({
    text: `${path} is unedited, but the image or the environment has changed since it was copied`,
    cause: staysInUse(path),
    fix: 'to update it, set PXF_SEED_OVERWRITE=unmodified, or delete it',
  }),
  edited: (path) => ({ text: `${path} was edited and is kept`, fix: toHaveTheImages }),
  'edited-and-outdated': (path) => ({
    text: `${path} was edited and is kept, and the image or the environment has changed since it was copied`,
    cause: staysInUse(path),
    fix: toHaveTheImages,
  }),
  unfilled: (path, lacks) => ({
    text: `${path} is kept and cannot be compared with the image's version, because ${lacks.join(', ')} cannot be filled in`,
  }),
}
