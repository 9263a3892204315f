/** The snapshot in the Prometheus text format, version 0.0.4. A dozen metrics need no library. */
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

/** By name in the snapshot. */
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
      'Phase of the run; 1 for the current one.',
      phases.map((phase) => sample({ phase }, snapshot.phase === phase)),
    ),
    family(
      'gp_supervisor_component_state',
      'gauge',
      'State of each component; 1 for the current one.',
      Object.entries(snapshot.components).flatMap(([component, status]) =>
        states.map((state) => sample({ component, state }, status.state === state)),
      ),
    ),
    family(
      'gp_supervisor_startup_seconds',
      'gauge',
      'Time from the start of the program until it was first ready.',
      ready === undefined ? [] : [sample({}, ready.ms / 1000)],
    ),
    family('gp_supervisor_uptime_seconds', 'gauge', 'Time since the start of the program.', [
      sample({}, uptimeMs / 1000),
    ]),
    family('gp_supervisor_resident_memory_bytes', 'gauge', 'Resident memory of the program itself.', [
      sample({}, memoryBytes),
    ]),
    ...Object.entries(counters).map(([name, { metric, help }]) =>
      family(`gp_supervisor_${metric}_total`, 'counter', help, [sample({}, snapshot.counters[name] ?? 0)]),
    ),
    family('gp_supervisor_became_ready_total', 'counter', 'How often the run became ready.', [
      sample({}, snapshot.counters['becameReady'] ?? 0),
    ]),
    family(
      'gp_supervisor_findings',
      'gauge',
      'Current findings by id and severity.',
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

/** One sample per id and severity; several findings of one kind concern different things. */
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

/** Label values are the program's own constants, so nothing needs escaping. */
function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, word]) => `${key}="${word}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`
}
