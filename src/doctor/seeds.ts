/** Compares the files of PXF_BASE with those of the image: what differs, and what PXF_SEED_OVERWRITE would do. */
import type { Advice } from '../findings/advice.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { findingIn } from '../findings/error.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import type { Login } from '../jdbc/logins.ts'
import { isIn } from '../jdbc/logins-judged.ts'
import { heldBackFinding, type HeldBack } from '../seeding/faults.ts'
import type { SeedState } from '../seeding/plan.ts'
import { driftOf, inspectSeeds, type Drift, type SeedOptions } from '../seeding/reconcile.ts'
import type { Around } from './supervisor.ts'

export type SeedFacts =
  | {
      readonly kind: 'inspected'
      /** By path below PXF_BASE. */
      readonly states: ReadonlyMap<string, SeedState>
      readonly drift: readonly Drift[]
      readonly heldBack: readonly HeldBack[]
      readonly warnings: readonly Finding[]
    }
  /** They cannot be copied, so the supervisor does not start PXF. */
  | { readonly kind: 'refused'; readonly finding: Finding }

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
    const refused = findingIn(error)
    if (refused === undefined) throw error
    return { kind: 'refused', finding: refused }
  }
}

export const statesOf = (facts: SeedFacts): ReadonlyMap<string, SeedState> =>
  facts.kind === 'inspected' ? facts.states : new Map()

/** Further facts about the running PXF. */
export interface PxfSeen {
  readonly answers: boolean
  /** By server. */
  readonly logins: ReadonlyMap<string, Login>
}

interface SeedsAround extends Around {
  readonly mode: string
  readonly pxf: PxfSeen
}

export function judgeSeeds(facts: SeedFacts, around: SeedsAround): Opinion {
  if (facts.kind === 'refused') return refused(facts.finding, around.pxf)
  const differing = facts.drift.filter(({ state }) => state !== 'missing')
  const missing = facts.drift.flatMap(({ path, state }) => (state === 'missing' ? [path] : []))
  return {
    seen: `${facts.states.size} files, PXF_SEED_OVERWRITE=${around.mode}`,
    findings: [
      ...facts.heldBack.map(heldBackFinding),
      ...facts.warnings,
      ...gone(missing, around),
      ...differing.map((file) => differs(file, around, differing)),
    ],
  }
}

/** The consequence depends on whether PXF was started by hand. */
const refused = (fault: Finding, { answers }: PxfSeen): Opinion => ({
  seen: 'cannot be copied',
  findings: [
    {
      ...fault,
      text: answers
        ? `${fault.text}; PXF is using the existing files, and the next start of the container will not start it`
        : `PXF is not started: ${fault.text}`,
    },
  ],
})

const serverOf = (path: string): string | undefined => /^servers\/([^/]+)\/jdbc-site\.xml$/.exec(path)?.[1]

const isOld = (state: Drift['state']): boolean => state === 'outdated' || state === 'edited-and-outdated'

function differs(drift: Drift, around: SeedsAround, all: readonly Drift[]): Finding {
  const { path: _, state, ...found } = drift
  const { mode, pxf, advice } = around
  const login = pxf.logins.get(serverOf(drift.path) ?? '')
  if (isIn(login)) return { ...found, ...ofWorkingSite(drift, mode, advice) }
  if (login?.kind === 'refused' && isOld(state)) return { ...found, fix: 'see the finding under jdbc' }
  return { ...found, fix: withoutHarm(drift, around, all) }
}

const isOverwritten = (state: SeedState, mode: string): boolean =>
  mode === '1' || (mode === 'unmodified' && state === 'outdated')

/** A file that works must not be overwritten just because another is newer. */
function ofWorkingSite(
  { path, state }: Drift,
  mode: string,
  { environment, restart }: Advice,
): Partial<Finding> & { readonly severity?: Severity } {
  if (isOverwritten(state, mode))
    return {
      severity: 'warning',
      cause:
        'PXF logs in with the file as it is, but the next start replaces it with the values of the image and the environment',
      fix: `to keep it, set PXF_SEED_OVERWRITE=0 in ${environment}, unless the values there are correct as well`,
    }
  if (state === 'edited') return { fix: 'nothing needs to be done: PXF logs in with it' }
  return {
    severity: 'note',
    cause: '',
    fix: `nothing needs to be done: PXF logs in with ${path} as it is. To use the values of ${environment} instead, if the source accepts them, remove that file, then: ${restart}`,
  }
}

/** Avoids advising `unmodified` if it would also replace a site file with which PXF logs in, or may. */
function withoutHarm(
  { path, state, fix }: Drift,
  { mode, pxf, advice }: SeedsAround,
  all: readonly Drift[],
): string {
  if (state !== 'outdated' || isOverwritten(state, mode)) return fix
  const written = `remove the file, then: ${advice.restart}, which recreates it`
  if (serverOf(path) !== undefined)
    return `if the source now accepts the values in ${advice.environment}: ${written}`
  const harmed = all.filter((other) => {
    const server = serverOf(other.path)
    return other.state === 'outdated' && server !== undefined && pxf.logins.get(server)?.kind !== 'refused'
  })
  if (harmed.length === 0) return fix
  return `${written} (PXF_SEED_OVERWRITE=unmodified would also replace ${harmed.map((file) => file.path).join(', ')})`
}

/** Before a first start, none exists yet. */
function gone(paths: readonly string[], { running, advice }: Around): Finding[] {
  if (paths.length === 0) return []
  return [
    finding('seeds.missing', {
      severity: running === 'nowhere' ? 'note' : 'warning',
      text: `not in PXF_BASE: ${paths.join(', ')}`,
      fix: `the next start writes them: ${advice.restart}`,
    }),
  ]
}
