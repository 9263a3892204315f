import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { initialComponents } from '../parts/all.ts'
import { changed } from './components.ts'
import { asMetrics } from './metrics.ts'

const at = '2026-11-21T07:00:00.000Z'
const config = loadConfig({ environment: { GREENPLUM_PASSWORD: 'x' }, hostname: 'h', readFile: () => '' })

const metricsOf = (findings: readonly Finding[]): string[] =>
  asMetrics(
    {
      phase: 'ready',
      startedAt: at,
      wasReady: false,
      components: changed(
        initialComponents(config, at),
        'data',
        { state: 'failed', finding: finding('data.source', { text: '' }) },
        at,
      ),
      timeline: [],
      versions: {},
      previousStop: {},
      counters: { pxfStarts: 0, hbaRepairs: 0, becameReady: 0 },
      seedDrift: [],
      servers: [],
      findings,
    },
    { uptimeMs: 0, memoryBytes: 0, counters: {} },
  )
    .split('\n')
    .filter((line) => line.startsWith('gp_supervisor_findings'))

describe('the metric of the findings', () => {
  it('counts them by id and severity, those of components as well, and says nothing of those that there are none of', () => {
    expect(
      metricsOf([
        finding('place.read-only', { text: '', severity: 'warning', where: '/data/a' }),
        finding('place.read-only', { text: '', severity: 'warning', where: '/data/b' }),
        finding('seeds.server', { text: '', where: 'servers/db' }),
      ]),
    ).toEqual([
      'gp_supervisor_findings{id="place.read-only",severity="warning"} 2',
      'gp_supervisor_findings{id="seeds.server",severity="error"} 1',
      'gp_supervisor_findings{id="data.source",severity="error"} 1',
    ])
    expect(metricsOf([])).toHaveLength(1)
  })
})
