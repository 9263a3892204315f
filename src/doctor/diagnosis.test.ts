import { describe, expect, it } from 'vitest'
import type { FindingId, Topic } from '../findings/catalogue.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { cannotLook, combine, exitCodeOf } from './diagnosis.ts'

const found = (id: FindingId, severity: Severity, where = ''): Finding => ({
  ...finding(id, { text: id, where }),
  severity,
})
const opinions = (given: Partial<Record<Topic, Finding[]>>): ReadonlyMap<Topic, Opinion> =>
  new Map(Object.entries(given).map(([topic, findings]) => [topic as Topic, { seen: topic, findings }]))

describe('a diagnosis', () => {
  it('goes from what causes the rest to what is caused', () => {
    const { findings, seen } = combine(
      opinions({ jdbc: [found('jdbc.key', 'note')], volume: [found('volume.lost', 'error')], pxf: [] }),
    )
    expect(findings.map(({ id }) => id)).toEqual(['volume.lost', 'jdbc.key'])
    expect(seen.map(({ topic }) => topic)).toEqual(['volume', 'pxf', 'jdbc'])
  })

  it('has a finding where its topic is, whoever found it', () => {
    const { findings } = combine(
      opinions({ place: [found('volume.init-scripts', 'warning'), found('place.disk', 'warning')] }),
    )
    expect(findings.map(({ id }) => id)).toEqual(['volume.init-scripts', 'place.disk'])
  })

  it('leaves out what the supervisor says of a component whose cause was found', () => {
    const supervisor = [found('component.failed', 'error', 'pxf'), found('component.failed', 'error', 'gpdb')]
    const { findings } = combine(
      opinions({
        supervisor,
        pxf: [found('pxf.down', 'error')],
        database: [found('database.password', 'warning')],
      }),
    )
    expect(findings.map(({ id, where }) => `${id} ${where}`.trim())).toEqual([
      'component.failed gpdb',
      'database.password',
      'pxf.down',
    ])
  })

  it.each([
    [[], 0],
    [['note'], 0],
    [['note', 'warning'], 1],
    [['warning', 'error'], 2],
    [['warning', 'refuse'], 2],
  ] as const)('of %j makes exit code %d', (severities, code) => {
    const findings = severities.map((severity) => found('pxf.down', severity))
    expect(exitCodeOf(combine(opinions({ pxf: findings })))).toBe(code)
  })

  it('of a topic that cannot be looked at is a warning with the reason', () => {
    expect(cannotLook('seeds', 'EACCES: permission denied').findings).toMatchObject([
      {
        id: 'seeds.unreadable',
        severity: 'warning',
        text: 'cannot inspect the seed files: EACCES: permission denied',
        fix: 'fix the cause given in the reason, then run the doctor again; it runs as the administrator, even if root starts it',
      },
    ])
  })
})
