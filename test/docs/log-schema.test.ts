import { describe, expect, it } from 'vitest'
import { faultsOfLog } from '../log-schema.ts'

const record = { level: 'info', time: '2026-11-21T08:33:03.216Z', component: 'supervisor', msg: 'ready' }
const line = (change: object) => JSON.stringify({ ...record, ...change })

describe('the schema of the log', () => {
  it('takes lines as they are documented', () => {
    expect(faultsOfLog(`${line({ seconds: 11.2, timelineMs: { ready: 11_213 } })}\n${line({})}\n`)).toEqual(
      [],
    )
  })

  it.each([
    [{ level: 'notice' }, '/level must be equal to one of the allowed values'],
    [{ time: undefined }, " must have required property 'time'"],
    [{ time: '2026-11-21 08:33:03' }, '/time must match pattern'],
    [{ component: 'madlib' }, '/component must be equal to one of the allowed values'],
    [{ msg: undefined }, " must have required property 'msg'"],
    [{ ms: 3 }, ' must NOT have additional properties {"additionalProperty":"ms"}'],
    [{ port: '5432' }, '/port must be integer'],
  ])('finds what is not: %j', (change, fault) => {
    const [found = '', ...more] = faultsOfLog(line(change))
    expect(found).toContain(fault)
    expect(more).toEqual([])
  })

  it('finds what is no JSON', () => {
    expect(faultsOfLog('gp-supervisor: no\n')).toEqual(['not JSON: gp-supervisor: no'])
  })
})
