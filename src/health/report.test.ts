import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { finding } from '../findings/finding.ts'
import { changed, type ComponentChange, type Components } from './components.ts'
import { initialComponents } from '../parts/all.ts'
import { asText, readiness, type Snapshot } from './report.ts'

const [before, at] = ['2026-11-21T07:00:00.000Z', '2026-11-21T07:01:00.000Z']
const config = loadConfig({
  environment: { GREENPLUM_PASSWORD: 'hidden-secret' },
  hostname: 'h',
  readFile: () => '',
})
const snapshot = (components: Components): Snapshot => ({
  phase: 'degraded',
  startedAt: before,
  wasReady: false,
  components,
  timeline: [],
  versions: {},
  previousStop: { kind: 'none' },
  counters: { pxfRestarts: 0, hbaRepairs: 0, becameReady: 0 },
  seedDrift: [],
  servers: [],
})
const after = (...changes: ComponentChange[]): Components =>
  changes.reduce((all, change) => changed(all, 'pxf', change, at), initialComponents(config, before))
const told = (...changes: ComponentChange[]) => readiness(snapshot(after(...changes)), 'pxf')

const gaveUp: ComponentChange = { state: 'failed', reason: 'gave up', final: true }

describe('what failed for good', () => {
  it('is told as such, to programs and to people', () => {
    expect(told(gaveUp).reasons).toEqual([
      { component: 'pxf', state: 'failed', since: at, reason: 'gave up', final: true },
    ])
    expect(asText(told(gaveUp))).toBe(`not ready (degraded)\npxf: failed for good since ${at}: gave up\n`)
  })

  it('is not what is tried again', () => {
    const again: ComponentChange = { state: 'failed', reason: 'no answer' }
    for (const body of [told(again), told(gaveUp, again), told(gaveUp, { state: 'starting' }, again)]) {
      expect(body.reasons[0]).not.toHaveProperty('final')
      expect(asText(body)).toContain(`pxf: failed since ${at}: no answer`)
    }
  })
})

describe('a reason', () => {
  it('has the finding of its component, as it was made', () => {
    const found = finding('pxf.down', { text: 'PXF does not answer', fix: 'wait', where: '/data/pxf' })
    expect(told({ ...gaveUp, finding: found }).reasons[0]?.finding).toBe(found)
    expect(told(gaveUp).reasons[0]).not.toHaveProperty('finding')
  })
})

describe('what is ready and yet has a finding', () => {
  const found = finding('database.cluster', { text: 'a mirror is down' })
  const warned: ComponentChange = { state: 'ready', reason: 'a mirror is down', finding: found }

  it('is a warning, to programs and to people, and no reason against readiness', () => {
    expect(told(warned)).toEqual({
      ok: true,
      phase: 'degraded',
      reasons: [],
      warnings: [{ component: 'pxf', state: 'ready', since: at, reason: 'a mirror is down', finding: found }],
    })
    expect(asText(told(warned))).toBe(`ok (degraded)\nwarning: pxf: ready since ${at}: a mirror is down\n`)
  })

  it('is none where it failed, or has no finding', () => {
    expect(told({ ...warned, state: 'failed' })).not.toHaveProperty('warnings')
    expect(told({ state: 'ready' })).not.toHaveProperty('warnings')
  })
})
