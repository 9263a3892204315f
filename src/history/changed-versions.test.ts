import { expect, it } from 'vitest'
import { changedVersions } from './changed-versions.ts'
import { startOf } from './run.fixture.ts'

const run = (versions: Record<string, string>) => startOf({ gpdb: 1, pxf: 1, ready: 1 }, { versions })
const told = (now: Record<string, string>, ...before: Record<string, string>[]) => {
  const found = changedVersions(run(now), before.map(run))
  return found === undefined ? undefined : [found.severity, found.text]
}

it('a minor upgrade is told, and needs nothing', () => {
  expect(
    told({ greenplum: '6.27.1', pxfService: '6.10.1' }, { greenplum: '6.24.3', pxfService: '6.10.1' }),
  ).toEqual(['note', 'other versions than in the run before: Greenplum 6.27.1 (was 6.24.3)'])
  expect(
    told({ greenplum: '6.10.0', supervisor: '0.2.0' }, { greenplum: '6.9.1', supervisor: '0.1.9' }),
  ).toEqual([
    'note',
    'other versions than in the run before: Greenplum 6.10.0 (was 6.9.1), gp-supervisor 0.2.0 (was 0.1.9)',
  ])
})

it('an older version is a warning', () => {
  expect(told({ greenplum: '6.24.3' }, { greenplum: '6.27.1' })?.[0]).toBe('warning')
  expect(told({ greenplum: '6.24' }, { greenplum: '6.24.3' })?.[0]).toBe('warning')
  expect(told({ greenplum: '7.0.0-beta build dev' }, { greenplum: '7.0.0-beta build new' })?.[0]).toBe('note')
})

it('the run before is the last one that knew its version', () => {
  expect(told({ greenplum: '6.27.1' })).toBeUndefined()
  expect(told({ greenplum: '6.27.1' }, { greenplum: '6.27.1' }, {})).toBeUndefined()
  expect(told({ greenplum: '6.27.1' }, { greenplum: '6.24.3' }, { greenplum: '6.27.1' })).toBeUndefined()
  expect(told({ greenplum: '6.27.1' }, { greenplum: '6.24.3' }, {})?.[1]).toContain('was 6.24.3')
  expect(told({ node: '24.22.0' }, { node: '24.21.0' })).toBeUndefined()
})
