import { describe, expect, it } from 'vitest'
import { judgeSeeds, type SeedFacts } from './seeds.ts'

const judged = (facts: SeedFacts, running: 'here' | 'nowhere' = 'here') =>
  judgeSeeds(facts, '0', running).complaints.map(
    ({ level, text, cause, mend }) => `${level}: ${text} | ${cause} | ${mend}`,
  )

describe('the seeds', () => {
  it('that differ are told with what PXF_SEED_OVERWRITE would do', () => {
    const drift = [
      {
        path: 'a.xml',
        state: 'edited',
        advice:
          "a.xml is not as it was seeded and is kept; delete it, or set PXF_SEED_OVERWRITE=1, to get the image's.",
      },
      {
        path: 'b.xml',
        state: 'outdated',
        advice:
          'b.xml is as it was seeded, and the image has changed since; PXF_SEED_OVERWRITE=unmodified updates it.',
      },
      { path: 'c.jar', state: 'missing', advice: 'c.jar is missing; the next start writes it.' },
      { path: 'd.jar', state: 'missing', advice: 'd.jar is missing; the next start writes it.' },
    ] as const
    const facts = {
      kind: 'inspected',
      files: 9,
      drift,
      heldBack: [],
      warnings: ['x came from an earlier image and is not in this one; delete it'],
    } as const
    expect(judged(facts)).toEqual([
      'warn: x came from an earlier image and is not in this one |  | delete it',
      'warn: not in PXF_BASE: c.jar, d.jar |  | the next start writes them: docker compose restart greenplum',
      "note: a.xml is not as it was seeded and is kept |  | delete it, or set PXF_SEED_OVERWRITE=1, to get the image's",
      'warn: b.xml is as it was seeded, and the image has changed since | PXF goes on with b.xml of the volume: PXF_SEED_OVERWRITE is 0 | PXF_SEED_OVERWRITE=unmodified updates it',
    ])
    expect(judged(facts, 'nowhere')[1]).toMatch(/^note: not in PXF_BASE/)
  })

  it('that cannot be laid out are told fault by fault', () => {
    expect(judged({ kind: 'refused', reason: 'cannot seed /data/pxf: 2 faults\n  - a\n  - b' })[0]).toBe(
      'error: PXF is not started: cannot seed /data/pxf: 2 faults | a\nb | fix each as said, then start the container again',
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
        files: 3,
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
