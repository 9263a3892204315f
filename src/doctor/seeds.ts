/** The files of PXF_BASE against those of the image: what differs, and what PXF_SEED_OVERWRITE would do about it. */
import { reasonOf } from '../errors.ts'
import { findingOf, type HeldBack } from '../seeding/faults.ts'
import { driftOf, inspectSeeds, type Drift, type SeedOptions } from '../seeding/reconcile.ts'
import type { SeedState } from '../seeding/plan.ts'
import type { Complaint, Level, Opinion } from './finding.ts'
import { isIn } from './logins-judged.ts'
import type { Login } from './logins.ts'
import type { Running } from './supervisor.ts'

export type SeedFacts =
  | {
      readonly kind: 'inspected'
      /** By path below PXF_BASE. */
      readonly states: ReadonlyMap<string, SeedState>
      readonly drift: readonly Drift[]
      readonly heldBack: readonly HeldBack[]
      readonly warnings: readonly string[]
    }
  /** They cannot be copied: the supervisor does not start PXF then. */
  | { readonly kind: 'refused'; readonly reason: string }

export async function observeSeeds(options: SeedOptions): Promise<SeedFacts> {
  try {
    const report = await inspectSeeds(options)
    return {
      kind: 'inspected',
      states: new Map(report.files.map(({ path, state }) => [path, state])),
      drift: driftOf(report),
      heldBack: report.heldBack,
      warnings: report.warnings,
    }
  } catch (error) {
    return { kind: 'refused', reason: reasonOf(error) }
  }
}

export const statesOf = (facts: SeedFacts): ReadonlyMap<string, SeedState> =>
  facts.kind === 'inspected' ? facts.states : new Map()

/** `PXF ignores changed configs` is the older stand's complaint; an edit alone is what the volume is for. */
const levels: Readonly<Record<Drift['state'], Level>> = {
  missing: 'warn',
  current: 'note',
  outdated: 'warn',
  edited: 'note',
  'edited-and-outdated': 'warn',
  unfilled: 'note',
}

/** What else is known of the running PXF. */
export interface PxfSeen {
  readonly answers: boolean
  /** By server. */
  readonly logins: ReadonlyMap<string, Login>
}

interface Surroundings {
  readonly mode: string
  readonly running: Running
  readonly pxf: PxfSeen
}

export function judgeSeeds(facts: SeedFacts, around: Surroundings): Opinion {
  const { mode, running, pxf } = around
  if (facts.kind === 'refused') return refused(facts.reason, pxf)
  const differing = facts.drift.filter(({ state }) => state !== 'missing')
  const missing = facts.drift.flatMap(({ path, state }) => (state === 'missing' ? [path] : []))
  const warnings = facts.warnings.map((warning): Complaint => {
    const [what = warning, ...rest] = warning.split('; ')
    const mend =
      rest.join('; ') || 'docker compose exec greenplum gp-supervisor seed --dry-run lists every file'
    return { id: 'seeds.warning', level: 'warn', text: what, cause: '', mend }
  })
  return {
    seen: `${facts.states.size} files, PXF_SEED_OVERWRITE=${mode}`,
    complaints: [
      ...facts.heldBack.map(held),
      ...warnings,
      ...gone(missing, running),
      ...differing.map((file) => differs(file, around, differing)),
    ],
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

function refused(reason: string, { answers }: PxfSeen): Opinion {
  const [text = '', ...faults] = reason.split('\n')
  return {
    seen: 'cannot be copied',
    complaints: [
      {
        id: 'seeds.fault',
        level: 'error',
        text: answers
          ? `${text}; PXF runs on the files that are there, and the next start of the container does not start it`
          : `PXF is not started: ${text}`,
        cause: faults.map((fault) => fault.replace(/^\s*- /, '')).join('\n'),
        mend: 'fix each file as said, then: docker compose restart greenplum',
      },
    ],
  }
}

const serverOf = (path: string): string | undefined => /^servers\/([^/]+)\/jdbc-site\.xml$/.exec(path)?.[1]

function differs(drift: Drift, around: Surroundings, all: readonly Drift[]): Complaint {
  const { path, state, advice } = drift
  const { mode, pxf } = around
  const [what = advice, ...rest] = advice.replace(/\.$/, '').split('; ')
  const old = state === 'outdated' || state === 'edited-and-outdated'
  const complaint: Complaint = {
    id: `seeds.${state}`,
    level: levels[state],
    text: what,
    cause: old ? `PXF goes on with ${path} of the volume: PXF_SEED_OVERWRITE is ${mode}` : '',
    mend: rest.join('; '),
  }
  const login = pxf.logins.get(serverOf(path) ?? '')
  if (isIn(login)) return { ...complaint, ...ofWorkingSite(drift, mode) }
  if (login?.kind === 'refused' && old) return { ...complaint, mend: 'see jdbc, which says what helps' }
  return { ...complaint, mend: withoutHarm(drift, complaint.mend, { pxf, all }) }
}

const isOverwritten = (state: SeedState, mode: string): boolean =>
  mode === '1' || (mode === 'unmodified' && state === 'outdated')

/** What works is not to be overwritten by what is merely newer. */
function ofWorkingSite({ path, state }: Drift, mode: string): Partial<Complaint> {
  if (isOverwritten(state, mode))
    return {
      level: 'warn',
      cause:
        'PXF logs in with the file as it is, and the next start replaces it with that of the image and the environment',
      mend: 'PXF_SEED_OVERWRITE=0 in .env keeps it; leave it only if the values in .env are right as well',
    }
  if (state === 'edited') return { mend: 'nothing has to be done: PXF logs in with it' }
  return {
    level: 'note',
    cause: '',
    mend: `nothing has to be done: PXF logs in with ${path} as it is. To have the values of .env instead, if the source takes them, remove that file, and docker compose restart greenplum`,
  }
}

/** `unmodified` is for all files at once: also for a site file with which PXF logs in, or may. */
function withoutHarm(
  { path, state }: Drift,
  mend: string,
  { pxf, all }: { readonly pxf: PxfSeen; readonly all: readonly Drift[] },
): string {
  if (state !== 'outdated' || !mend.includes('PXF_SEED_OVERWRITE=unmodified')) return mend
  if (serverOf(path) !== undefined)
    return `if the values in .env are those that the source takes now: remove the file, and docker compose restart greenplum writes it anew`
  const harmed = all.filter((other) => {
    const server = serverOf(other.path)
    return other.state === 'outdated' && server !== undefined && pxf.logins.get(server)?.kind !== 'refused'
  })
  if (harmed.length === 0) return mend
  return `remove the file, and docker compose restart greenplum writes it anew (PXF_SEED_OVERWRITE=unmodified would also replace ${harmed.map((file) => file.path).join(', ')})`
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
