/** The snapshot in Prometheus' text format, version 0.0.4. A dozen gauges need no library. */
import type { Finding } from '../findings/finding.ts'
import type { ComponentState, PhaseName } from './components.ts'
import type { Snapshot } from './report.ts'

const phases: readonly PhaseName[] = [
  'preparing',
  'starting',
  'configuring',
  'ready',
  'degraded',
  'stopping',
  'stopped',
]
const states: readonly ComponentState[] = ['pending', 'starting', 'ready', 'failed', 'disabled']

/** By their names in the snapshot. */
export type Counters = Readonly<Record<string, { readonly metric: string; readonly help: string }>>

export interface Measured {
  readonly uptimeMs: number
  readonly memoryBytes: number
  readonly counters: Counters
}

export function asMetrics(snapshot: Snapshot, { uptimeMs, memoryBytes, counters }: Measured): string {
  const ready = snapshot.timeline.find((entry) => entry.event === 'ready')
  return [
    family(
      'gp_supervisor_phase',
      'gauge',
      'The phase of the run; 1 for the current one.',
      phases.map((phase) => sample({ phase }, snapshot.phase === phase)),
    ),
    family(
      'gp_supervisor_component_state',
      'gauge',
      'The state of each component; 1 for the current one.',
      Object.entries(snapshot.components).flatMap(([component, status]) =>
        states.map((state) => sample({ component, state }, status.state === state)),
      ),
    ),
    family(
      'gp_supervisor_startup_seconds',
      'gauge',
      'From the start of the program to the first ready.',
      ready === undefined ? [] : [sample({}, ready.ms / 1000)],
    ),
    family('gp_supervisor_uptime_seconds', 'gauge', 'Since the start of the program.', [
      sample({}, uptimeMs / 1000),
    ]),
    family('gp_supervisor_resident_memory_bytes', 'gauge', 'Resident memory of the program itself.', [
      sample({}, memoryBytes),
    ]),
    ...Object.entries(counters).map(([name, { metric, help }]) =>
      family(`gp_supervisor_${metric}_total`, 'counter', help, [sample({}, snapshot.counters[name] ?? 0)]),
    ),
    family('gp_supervisor_became_ready_total', 'counter', 'How often ready was reached in this run.', [
      sample({}, snapshot.counters['becameReady'] ?? 0),
    ]),
    family(
      'gp_supervisor_findings',
      'gauge',
      'How many findings of each kind there are.',
      countedFindings([
        ...(snapshot.findings ?? []),
        ...Object.values(snapshot.components).flatMap((component) => component.finding ?? []),
      ]),
    ),
    family('gp_supervisor_seed_drift_files', 'gauge', 'Files in PXF_BASE that differ from the image.', [
      sample({}, snapshot.seedDrift.length),
    ]),
  ].join('')
}

/** One line for each id and severity that there is; several findings of one kind are about different things. */
function countedFindings(findings: readonly Finding[]): Sample[] {
  const counts = new Map<string, Sample>()
  for (const { id, severity } of findings) {
    const key = `${id} ${severity}`
    counts.set(key, sample({ id, severity }, (counts.get(key)?.value ?? 0) + 1))
  }
  return [...counts.values()]
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sample = (labels: Sample['labels'], value: number | boolean): Sample => ({
  labels,
  value: Number(value),
})

/** Label values are our own words: nothing to escape. */
function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, word]) => `${key}="${word}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}
