import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { Login } from '../jdbc/logins.ts'
import type { Drift } from '../seeding/reconcile.ts'
import { judgeSeeds, type SeedFacts } from './seeds.ts'

interface Given {
  readonly mode?: string
  readonly running?: 'here' | 'nowhere'
  readonly answers?: boolean
  readonly login?: Login
}

const judged = (facts: SeedFacts, { mode = '0', running = 'here', answers = false, login }: Given = {}) => {
  const logins = new Map(login === undefined ? [] : [['db', login]])
  return judgeSeeds(facts, { mode, running, advice, pxf: { answers, logins } }).findings.map(
    ({ severity, text, cause, fix }) => `${severity}: ${text} | ${cause} | ${fix}`,
  )
}

const inspected = (drift: readonly Drift[], warnings: readonly Finding[] = []): SeedFacts => ({
  kind: 'inspected',
  states: new Map(drift.map(({ path, state }) => [path, state])),
  drift,
  heldBack: [],
  warnings,
})

const drift = (
  path: string,
  state: Drift['state'],
  said: { text: string; cause?: string; fix: string },
): Drift => ({
  ...finding(`seeds.${state}`, { ...said, where: path }),
  path,
  state,
})
const outdated = (path: string): Drift =>
  drift(path, 'outdated', {
    text: `${path} is as it was seeded, and the image has changed since`,
    cause: `PXF goes on with ${path} of the volume`,
    fix: 'PXF_SEED_OVERWRITE=unmodified updates it',
  })
const site = 'servers/db/jdbc-site.xml'
const edited = (path: string): Drift =>
  drift(path, 'edited', {
    text: `${path} was edited and is kept`,
    fix: "delete it, or set PXF_SEED_OVERWRITE=1, to get the image's",
  })
const missing = (path: string): Drift =>
  drift(path, 'missing', { text: `${path} is missing`, fix: 'the next start writes it' })
const refused: Login = { kind: 'refused', message: 'FATAL: password authentication failed for user "u"' }

describe('the seeds', () => {
  it('that differ are told with what PXF_SEED_OVERWRITE would do', () => {
    const facts = inspected(
      [edited('a.xml'), outdated('b.xml'), missing('c.jar'), missing('d.jar')],
      [
        finding('seeds.leftover', {
          text: 'x came from an earlier image and is not in this one',
          fix: 'delete it',
        }),
      ],
    )
    expect(judged(facts)).toEqual([
      'warning: x came from an earlier image and is not in this one |  | delete it',
      'warning: not in PXF_BASE: c.jar, d.jar |  | the next start writes them: docker compose restart greenplum',
      "note: a.xml was edited and is kept |  | delete it, or set PXF_SEED_OVERWRITE=1, to get the image's",
      'warning: b.xml is as it was seeded, and the image has changed since | PXF goes on with b.xml of the volume | PXF_SEED_OVERWRITE=unmodified updates it',
    ])
    expect(judged(facts, { running: 'nowhere' })[1]).toMatch(/^note: not in PXF_BASE/)
  })

  it('that work are not to be overwritten', () => {
    const works = { login: { kind: 'in' } } as const
    expect(judged(inspected([outdated(site)]), works)).toEqual([
      `note: ${site} is as it was seeded, and the image has changed since |  | nothing needs to be done: PXF logs in with ${site} as it is. To use the values of .env or the compose file instead, if the source accepts them, remove that file, then: docker compose restart greenplum`,
    ])
    expect(judged(inspected([edited(site)]), works)[0]).toMatch(
      /nothing needs to be done: PXF logs in with it$/,
    )
    // The next start would.
    expect(judged(inspected([outdated(site)]), { ...works, mode: 'unmodified' })[0]).toMatch(
      /^warning: .*PXF logs in with the file as it is, but the next start replaces it.*to keep it, set PXF_SEED_OVERWRITE=0 in \.env or the compose file/,
    )
    expect(judged(inspected([edited(site)]), { ...works, mode: '1' })[0]).toMatch(
      /^warning: .*PXF_SEED_OVERWRITE=0/,
    )
    expect(judged(inspected([edited(site)]), { ...works, mode: 'unmodified' })[0]).toMatch(/^note: /)
  })

  it('are never updated by what would overwrite a file that works, or may', () => {
    const both = inspected([outdated('conf/a.xml'), outdated(site)])
    for (const login of [{ kind: 'in' }, { kind: 'untried', reason: '' }, undefined] as const) {
      const [first = '', second = ''] = judged(both, login === undefined ? {} : { login })
      expect(first).toContain(`(PXF_SEED_OVERWRITE=unmodified would also replace ${site})`)
      expect(first).not.toContain('unmodified updates it')
      expect(second).not.toContain('unmodified')
    }
    // The control: where the file does not work either, nothing is lost.
    const [first = '', second = ''] = judged(both, { login: refused })
    expect(first).toContain('PXF_SEED_OVERWRITE=unmodified updates it')
    expect(second).toContain('see the finding under jdbc')
  })

  it('that cannot be copied are told fault by fault, and never that PXF is not started while it answers', () => {
    const facts = {
      kind: 'refused',
      finding: finding('seeds.fault', {
        text: 'cannot seed /data/pxf: 2 faults',
        cause: 'a\nb',
        fix: 'fix each file as described, then start the container again',
      }),
    } as const
    expect(judged(facts)[0]).toBe(
      'error: PXF is not started: cannot seed /data/pxf: 2 faults | a\nb | fix each file as described, then start the container again',
    )
    expect(judged(facts, { answers: true })[0]).toMatch(
      /^error: cannot seed \/data\/pxf: 2 faults; PXF is using the existing files/,
    )
  })

  it('that leave out a server are told with what PXF says of it; one that stays is a warning', () => {
    const fault = {
      path: 'servers/db/jdbc-site.xml',
      text: '/opt/pxf-seed/servers/db/jdbc-site.xml, line 4: DB_HOST is not set',
      fix: 'set DB_HOST',
      origin: 'environment',
    } as const
    const facts = (onVolume: boolean) =>
      judged({
        kind: 'inspected',
        states: new Map(),
        drift: [],
        warnings: [],
        heldBack: [{ server: 'db', onVolume, faults: [fault] }],
      })
    expect(facts(false)).toEqual([
      `error: PXF server db is not seeded, and queries over it fail with: Required parameter jdbc.driver is missing or empty in jdbc-site.xml | ${fault.text} | set DB_HOST; then start the container again`,
    ])
    expect(facts(true)).toEqual([
      `warning: PXF server db is not updated: the files on the volume stay in use | ${fault.text} | set DB_HOST; then start the container again`,
    ])
  })
})
