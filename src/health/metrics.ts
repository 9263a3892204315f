/** The snapshot in Prometheus' text format, version 0.0.4. A dozen gauges need no library. */
import type { Finding } from '../findings/finding.ts'
import { componentNames } from './components.ts'
import type { ComponentState } from './components.ts'
import type { PhaseName } from './components.ts'
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

export function asMetrics(snapshot: Snapshot, uptimeMs: number, memoryBytes: number): string {
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
      componentNames.flatMap((component) =>
        states.map((state) => sample({ component, state }, snapshot.components[component].state === state)),
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
    family('gp_supervisor_pxf_starts_total', 'counter', 'How often PXF was started in this run.', [
      sample({}, snapshot.counters.pxfStarts),
    ]),
    family('gp_supervisor_hba_repairs_total', 'counter', 'How often a lost pg_hba rule was put back.', [
      sample({}, snapshot.counters.hbaRepairs),
    ]),
    family('gp_supervisor_became_ready_total', 'counter', 'How often ready was reached in this run.', [
      sample({}, snapshot.counters.becameReady),
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
