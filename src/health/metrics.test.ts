import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { finding } from '../findings/finding.ts'
import { initialComponents } from '../parts/all.ts'
import type { LastStop, PreviousStop } from '../volume/state.ts'
import { changed } from './components.ts'
import { gauge, single } from './exposition.ts'
import { asMetrics } from './metrics.ts'
import type { Snapshot } from './report.ts'

const at = '2026-11-21T07:00:00.000Z'
const config = loadConfig({ environment: { GREENPLUM_PASSWORD: 'x' }, hostname: 'h', readFile: () => '' })

const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  phase: 'ready',
  startedAt: at,
  wasReady: false,
  components: initialComponents(config, at),
  timeline: [],
  versions: {},
  previousStop: { kind: 'none' },
  counters: {},
  seedDrift: [],
  servers: [],
  ...more,
})

/** The samples of these names, without the prefix. */
function samples(more: Partial<Snapshot>, name: string): string[] {
  const text = asMetrics(snapshot(more), { memoryBytes: 0, counters: {}, ofParts: [] })
  const found = text.split('\n').filter((line) => line.startsWith(`gp_supervisor_${name}`))
  return found.map((line) => line.slice('gp_supervisor_'.length))
}

describe('the metrics', () => {
  it('count findings by id and severity, those of components as well, and say nothing of those that there are none of', () => {
    const data = { state: 'failed', finding: finding('data.source', { text: '' }) } as const
    const components = changed(initialComponents(config, at), 'data', data, at)
    const findings = [
      finding('place.read-only', { text: '', severity: 'warning', where: '/data/a' }),
      finding('place.read-only', { text: '', severity: 'warning', where: '/data/b' }),
      finding('seeds.server', { text: '', where: 'servers/db' }),
    ]
    expect(samples({ components, findings }, 'findings')).toEqual([
      'findings{id="place.read-only",severity="warning"} 2',
      'findings{id="seeds.server",severity="error"} 1',
      'findings{id="data.source",severity="error"} 1',
    ])
    expect(samples({}, 'findings')).toEqual([])
  })

  it('name the versions, with the release of Greenplum alone, and escape what they do not know', () => {
    const versions = {
      supervisor: '0.1.0',
      node: '24.1.0',
      greenplum: 'PostgreSQL 9.4.26 (Greenplum Database 6.27.1 build commit:abc) on x86_64-unknown-linux-gnu',
      pxfService: '6.10\\"\n1',
    }
    const image = { family: 'greenplum6', chosen: 'set', reason: '' }
    expect(samples({ versions, image }, 'build_info')).toEqual([
      String.raw`build_info{version="0.1.0",node="24.1.0",greenplum="6.27.1",pxf="6.10\\\"\n1",image_family="greenplum6"} 1`,
    ])
    const cloudberry = { greenplum: 'PostgreSQL 14.4 (Apache Cloudberry 2.0.0-incubating build 1) on x86_64' }
    expect(samples({ versions: cloudberry }, 'build_info')[0]).toContain('greenplum="2.0.0-incubating"')
    const other = {
      greenplum: 'PostgreSQL 15.4 on x86_64, compiled by gcc (Ubuntu 7.5.0-3ubuntu1~18.04) 7.5.0',
    }
    expect(samples({ versions: other }, 'build_info')[0]).toContain('greenplum="15.4"')
    expect(samples({}, 'build_info')[0]).toContain('greenplum="",pxf="",image_family=""')
  })

  it('give the times of the run, of its phase and of each component as Unix time', () => {
    const timeline = [
      { at: '2026-11-21T07:00:01.000Z', ms: 1000, event: 'starting' },
      { at: '2026-11-21T07:00:02.500Z', ms: 2500, event: 'gpdb starting' },
    ]
    const more = { phase: 'starting', timeline } as const
    expect(samples(more, 'start_time_seconds')).toEqual(['start_time_seconds 1795244400'])
    expect(samples(more, 'phase_since')).toEqual(['phase_since_timestamp_seconds 1795244401'])
    expect(samples(more, 'component_since')).toContain(
      'component_since_timestamp_seconds{component="gpdb"} 1795244400',
    )
  })

  it('give the way to the first ready, and nothing that came after it', () => {
    const timeline = ['starting', 'gpdb ready', 'pxf ready', 'ready', 'degraded', 'pxf ready', 'ready'].map(
      (event, index) => ({ at, ms: index * 1500, event }),
    )
    expect(samples({ timeline }, 'startup')).toEqual([
      'startup_seconds 4.5',
      'startup_event_seconds{event="starting"} 0',
      'startup_event_seconds{event="gpdb ready"} 1.5',
      'startup_event_seconds{event="pxf ready"} 3',
      'startup_event_seconds{event="ready"} 4.5',
    ])
    expect(samples({ timeline: timeline.slice(0, 2) }, 'startup_seconds')).toEqual([])
  })

  it('say of each server whether it runs', () => {
    const servers = [
      { content: -1, role: 'coordinator', port: 5432, up: true },
      { content: 0, role: 'primary', port: 6000, up: false },
    ]
    expect(samples({ servers }, 'server_up')).toEqual([
      'server_up{content="-1",role="coordinator",port="5432"} 1',
      'server_up{content="0",role="primary",port="6000"} 0',
    ])
  })

  const stop: LastStop = {
    at,
    reason: 'SIGTERM',
    exitCode: 0,
    proven: true,
    seconds: 3.2,
    phase: 'ready',
    directories: [],
  }
  const details = (seconds: number, exitCode: number) => [
    `last_stop_exit_code ${exitCode}`,
    `last_stop_duration_seconds ${seconds}`,
    'last_stop_timestamp_seconds 1795244400',
  ]
  it.each<[string, PreviousStop, string[]]>([
    ['none', { kind: 'none' }, []],
    ['clean', { kind: 'stopped', stop }, details(3.2, 0)],
    ['failed', { kind: 'stopped', stop: { ...stop, exitCode: 69 } }, details(3.2, 69)],
    ['unproven', { kind: 'stopped', stop: { ...stop, proven: false, exitCode: 75 } }, details(3.2, 75)],
    ['killed', { kind: 'unclean', startedAt: at }, []],
    [
      'killed',
      { kind: 'unclean', startedAt: at, stopBeganAt: at, stoppedForSeconds: 9 },
      ['last_stop_duration_seconds 9'],
    ],
    ['unknown', { kind: 'unknown', reason: 'EIO' }, []],
  ])('say of the last stop: %s', (outcome, previousStop, more) => {
    const [states, rest] = [samples({ previousStop }, 'last_stop{'), samples({ previousStop }, 'last_stop_')]
    expect(states).toHaveLength(6)
    expect(states.filter((line) => line.endsWith(' 1'))).toEqual([`last_stop{outcome="${outcome}"} 1`])
    expect(rest).toEqual(more)
  })

  it('have a name, a type and a help, and end with what the parts have measured', () => {
    const ofParts = [gauge('volume_free_bytes', 'Free.', single(7)), gauge('unknown', 'None.', [])]
    const text = asMetrics(snapshot(), { memoryBytes: 0, counters: {}, ofParts })
    expect(text.split('\n').slice(-4)).toEqual([
      '# HELP gp_supervisor_volume_free_bytes Free.',
      '# TYPE gp_supervisor_volume_free_bytes gauge',
      'gp_supervisor_volume_free_bytes 7',
      '',
    ])
  })
})
