import { describe, expect, it } from 'vitest'
import type { Drift } from '../seeding/reconcile.ts'
import type { Login } from './logins.ts'
import { judgeSeeds, type SeedFacts } from './seeds.ts'

interface Given {
  readonly mode?: string
  readonly running?: 'here' | 'nowhere'
  readonly answers?: boolean
  readonly login?: Login
}

const judged = (facts: SeedFacts, { mode = '0', running = 'here', answers = false, login }: Given = {}) => {
  const logins = new Map(login === undefined ? [] : [['db', login]])
  return judgeSeeds(facts, { mode, running, pxf: { answers, logins } }).complaints.map(
    ({ level, text, cause, mend }) => `${level}: ${text} | ${cause} | ${mend}`,
  )
}

const inspected = (drift: readonly Drift[], warnings: readonly string[] = []): SeedFacts => ({
  kind: 'inspected',
  states: new Map(drift.map(({ path, state }) => [path, state])),
  drift,
  heldBack: [],
  warnings,
})

const outdated = (path: string): Drift => ({
  path,
  state: 'outdated',
  advice: `${path} is as it was seeded, and the image has changed since; PXF_SEED_OVERWRITE=unmodified updates it.`,
})
const site = 'servers/db/jdbc-site.xml'
const edited = (path: string): Drift => ({
  path,
  state: 'edited',
  advice: `${path} is not as it was seeded and is kept; delete it, or set PXF_SEED_OVERWRITE=1, to get the image's.`,
})
const refused: Login = { kind: 'refused', message: 'FATAL: password authentication failed for user "u"' }

describe('the seeds', () => {
  it('that differ are told with what PXF_SEED_OVERWRITE would do', () => {
    const drift: Drift[] = [
      edited('a.xml'),
      outdated('b.xml'),
      { path: 'c.jar', state: 'missing', advice: 'c.jar is missing; the next start writes it.' },
      { path: 'd.jar', state: 'missing', advice: 'd.jar is missing; the next start writes it.' },
    ]
    const facts = inspected(drift, ['x came from an earlier image and is not in this one; delete it'])
    expect(judged(facts)).toEqual([
      'warn: x came from an earlier image and is not in this one |  | delete it',
      'warn: not in PXF_BASE: c.jar, d.jar |  | the next start writes them: docker compose restart greenplum',
      "note: a.xml is not as it was seeded and is kept |  | delete it, or set PXF_SEED_OVERWRITE=1, to get the image's",
      'warn: b.xml is as it was seeded, and the image has changed since | PXF goes on with b.xml of the volume: PXF_SEED_OVERWRITE is 0 | PXF_SEED_OVERWRITE=unmodified updates it',
    ])
    expect(judged(facts, { running: 'nowhere' })[1]).toMatch(/^note: not in PXF_BASE/)
  })

  it('that work are not to be overwritten', () => {
    const works = { login: { kind: 'in' } } as const
    expect(judged(inspected([outdated(site)]), works)).toEqual([
      `note: ${site} is as it was seeded, and the image has changed since |  | nothing has to be done: PXF logs in with ${site} as it is. To have the values of .env instead, if the source takes them, remove that file, and docker compose restart greenplum`,
    ])
    expect(judged(inspected([edited(site)]), works)[0]).toMatch(
      /nothing has to be done: PXF logs in with it$/,
    )
    // The next start would.
    expect(judged(inspected([outdated(site)]), { ...works, mode: 'unmodified' })[0]).toMatch(
      /^warn: .*PXF logs in with the file as it is, and the next start replaces it.*PXF_SEED_OVERWRITE=0 in \.env keeps it/,
    )
    expect(judged(inspected([edited(site)]), { ...works, mode: '1' })[0]).toMatch(
      /^warn: .*PXF_SEED_OVERWRITE=0/,
    )
    expect(judged(inspected([edited(site)]), { ...works, mode: 'unmodified' })[0]).toMatch(/^note: /)
  })

  it('are never brought up to date by what would overwrite a file that works, or may', () => {
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
    expect(second).toContain('see jdbc, which says what helps')
  })

  it('that cannot be copied are told fault by fault, and never that PXF is not started while it answers', () => {
    const facts = { kind: 'refused', reason: 'cannot seed /data/pxf: 2 faults\n  - a\n  - b' } as const
    expect(judged(facts)[0]).toBe(
      'error: PXF is not started: cannot seed /data/pxf: 2 faults | a\nb | fix each file as said, then: docker compose restart greenplum',
    )
    expect(judged(facts, { answers: true })[0]).toMatch(
      /^error: cannot seed \/data\/pxf: 2 faults; PXF runs on the files that are there/,
    )
  })

  it('that leave out a server are told with what PXF says of it; one that stays is a warning', () => {
    const fault = {
      path: 'servers/db/jdbc-site.xml',
      text: '/opt/pxf-seed/servers/db/jdbc-site.xml, line 4: DB_HOST is not set',
      mend: 'set DB_HOST',
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
      `error: server db of PXF is not seeded, and queries over it fail: ${fault.text} | PXF says: Required parameter jdbc.driver is missing or empty in jdbc-site.xml | set DB_HOST; then start the container again`,
    ])
    expect(facts(true)).toEqual([
      `warn: server db of PXF stays as it is on the volume: ${fault.text} |  | set DB_HOST; then start the container again`,
    ])
  })
})
