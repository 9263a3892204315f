import { describe, expect, it } from 'vitest'
import { cannotLook, combine, exitCodeOf, type Complaint, type Opinion, type Topic } from './finding.ts'

const complaint = (id: string, level: Complaint['level']): Complaint => ({
  id,
  level,
  text: id,
  cause: '',
  mend: '',
})
const opinions = (given: Partial<Record<Topic, Complaint[]>>): ReadonlyMap<Topic, Opinion> =>
  new Map(Object.entries(given).map(([topic, complaints]) => [topic as Topic, { seen: topic, complaints }]))

describe('a diagnosis', () => {
  it('goes from what causes the rest to what is caused', () => {
    const { findings, seen } = combine(
      opinions({ jdbc: [complaint('c', 'note')], volume: [complaint('a', 'error')], pxf: [] }),
    )
    expect(findings.map(({ topic }) => topic)).toEqual(['volume', 'jdbc'])
    expect(seen.map(({ topic }) => topic)).toEqual(['volume', 'pxf', 'jdbc'])
  })

  it('leaves out what the supervisor says of a component whose cause was found', () => {
    const supervisor = [complaint('component.pxf', 'error'), complaint('component.gpdb', 'error')]
    const { findings } = combine(
      opinions({
        supervisor,
        pxf: [complaint('pxf.down', 'error')],
        database: [complaint('database.password', 'warn')],
      }),
    )
    expect(findings.map(({ id }) => id)).toEqual(['component.gpdb', 'database.password', 'pxf.down'])
  })

  it.each([
    [[], 0],
    [['note'], 0],
    [['note', 'warn'], 1],
    [['warn', 'error'], 2],
  ] as const)('of %j makes exit code %d', (levels, code) => {
    const complaints = levels.map((level, index) => complaint(String(index), level))
    expect(exitCodeOf(combine(opinions({ pxf: complaints })))).toBe(code)
  })

  it('of a topic that cannot be looked at is a warning with the reason', () => {
    expect(cannotLook('seeds', 'EACCES: permission denied').complaints).toMatchObject([
      {
        id: 'seeds.unreadable',
        level: 'warn',
        text: 'cannot look at the seeds: EACCES: permission denied',
        mend: 'fix what the reason names (the doctor looks as the administrator, also when root starts it), then run it again',
      },
    ])
  })
})
