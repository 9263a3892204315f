/** The files of PXF_BASE against those of the image: what differs, and what PXF_SEED_OVERWRITE would do about it. */
import { reasonOf } from '../errors.ts'
import { findingOf, type HeldBack } from '../seeding/faults.ts'
import { driftOf, inspectSeeds, type Drift, type SeedOptions } from '../seeding/reconcile.ts'
import type { Complaint, Level, Opinion } from './finding.ts'
import type { Running } from './supervisor.ts'

export type SeedFacts =
  | {
      readonly kind: 'inspected'
      readonly files: number
      readonly drift: readonly Drift[]
      readonly heldBack: readonly HeldBack[]
      readonly warnings: readonly string[]
    }
  /** They cannot be laid out: PXF is not started then. */
  | { readonly kind: 'refused'; readonly reason: string }

export async function observeSeeds(options: SeedOptions): Promise<SeedFacts> {
  try {
    const report = await inspectSeeds(options)
    return {
      kind: 'inspected',
      files: report.files.length,
      drift: driftOf(report),
      heldBack: report.heldBack,
      warnings: report.warnings,
    }
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) }
  }
}

/** `PXF ignores changed configs` is the older stand's complaint; an edit alone is what the volume is for. */
const levels: Readonly<Record<Drift['state'], Level>> = {
  missing: 'warn',
  current: 'note',
  outdated: 'warn',
  edited: 'note',
  'edited-and-outdated': 'warn',
  unfilled: 'note',
}

export function judgeSeeds(facts: SeedFacts, mode: string, running: Running): Opinion {
  if (facts.kind === 'refused') {
    const [text = '', ...faults] = facts.reason.split('\n')
    return {
      seen: 'cannot be laid out',
      complaints: [
        {
          id: 'seeds.fault',
          level: 'error',
          text: `PXF is not started: ${text}`,
          cause: faults.map((fault) => fault.replace(/^\s*- /, '')).join('\n'),
          mend: 'fix each as said, then start the container again',
        },
      ],
    }
  }
  const drift = facts.drift.filter(({ state }) => state !== 'missing').map((file) => differs(file, mode))
  const missing = facts.drift.flatMap(({ path, state }) => (state === 'missing' ? [path] : []))
  const warnings = facts.warnings.map((warning): Complaint => {
    const [what = warning, ...rest] = warning.split('; ')
    const mend = rest.join('; ') || 'gp-supervisor seed --dry-run lists every file'
    return { id: 'seeds.warning', level: 'warn', text: what, cause: '', mend }
  })
  return {
    seen: `${facts.files} files, PXF_SEED_OVERWRITE=${mode}`,
    complaints: [...facts.heldBack.map(held), ...warnings, ...gone(missing, running), ...drift],
  }
}

function held(one: HeldBack): Complaint {
  const { text, mend } = findingOf(one)
  const isJdbc = one.faults.some(({ path }) => path.endsWith('/jdbc-site.xml'))
  return {
    id: 'seeds.server',
    level: one.onVolume ? 'warn' : 'error',
    text,
    cause:
      isJdbc && !one.onVolume
        ? 'PXF says: Required parameter jdbc.driver is missing or empty in jdbc-site.xml'
        : '',
    mend,
  }
}

function differs({ path, state, advice }: Drift, mode: string): Complaint {
  const [what = advice, ...rest] = advice.replace(/\.$/, '').split('; ')
  const old = state === 'outdated' || state === 'edited-and-outdated'
  return {
    id: `seeds.${state}`,
    level: levels[state],
    text: what,
    cause: old ? `PXF goes on with ${path} of the volume: PXF_SEED_OVERWRITE is ${mode}` : '',
    mend: rest.join('; '),
  }
}

/** Before a first start none is there yet. */
function gone(paths: readonly string[], running: Running): Complaint[] {
  if (paths.length === 0) return []
  return [
    {
      id: 'seeds.missing',
      level: running === 'nowhere' ? 'note' : 'warn',
      text: `not in PXF_BASE: ${paths.join(', ')}`,
      cause: '',
      mend: 'the next start writes them: docker compose restart greenplum',
    },
  ]
}
