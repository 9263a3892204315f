/** The snapshot as metrics. Pure; what parts measure themselves is added to it. */
import type { Finding } from '../findings/finding.ts'
import { isOpen } from '../volume/previous-stop.ts'
import type { PreviousStop } from '../volume/state.ts'
import { phaseNames, type ComponentState } from './components.ts'
import { counter, exposition, gauge, sample, single, type Family, type Sample } from './exposition.ts'
import type { Snapshot } from './report.ts'

const states: readonly ComponentState[] = ['pending', 'starting', 'ready', 'failed', 'disabled']

/** By name in the snapshot. */
export type Counters = Readonly<Record<string, { readonly metric: string; readonly help: string }>>

export interface Measured {
  readonly memoryBytes: number
  readonly counters: Counters
  /** What the parts have measured just now. */
  readonly ofParts: readonly Family[]
}

export const asMetrics = (snapshot: Snapshot, { memoryBytes, counters, ofParts }: Measured): string =>
  exposition([
    ...ofRun(snapshot),
    ...ofComponents(snapshot),
    ...ofStart(snapshot),
    ...ofLastStop(snapshot.previousStop),
    gauge('resident_memory_bytes', 'Resident memory of the program itself.', single(memoryBytes)),
    ...Object.entries(counters).map(([name, { metric, help }]) =>
      counter(`${metric}_total`, help, single(snapshot.counters[name] ?? 0)),
    ),
    ...ofParts,
  ])

function ofRun({ image, phase, startedAt, timeline, versions }: Snapshot): Family[] {
  const changed = timeline.findLast(({ event }) => event === phase)?.at ?? startedAt
  const build = {
    version: versions['supervisor'] ?? '',
    node: versions['node'] ?? '',
    greenplum: releaseIn(versions['greenplum'] ?? ''),
    pxf: versions['pxfService'] ?? '',
    image_family: image?.family ?? '',
  }
  return [
    gauge('build_info', 'Versions, as far as they are known, and the family of the base image; always 1.', [
      sample(build, 1),
    ]),
    gauge('start_time_seconds', 'When the program started, in Unix time.', single(unixTime(startedAt))),
    gauge(
      'phase',
      'Phase of the run; 1 for the current one.',
      phaseNames.map((name) => sample({ phase: name }, phase === name)),
    ),
    gauge(
      'phase_since_timestamp_seconds',
      'When the current phase began, in Unix time.',
      single(unixTime(changed)),
    ),
  ]
}

/** Of `PostgreSQL 9.4.26 (Greenplum Database 6.27.1 build …) on …`, which `version()` answers. */
const releaseIn = (version: string): string =>
  /^PostgreSQL (?:\S+ \(\D*)?(\d[^\s)]*)/.exec(version)?.[1] ?? version

const unixTime = (at: string): number => Date.parse(at) / 1000

function ofComponents({ components, findings = [], seedDrift, servers }: Snapshot): Family[] {
  const all = Object.entries(components)
  return [
    gauge(
      'component_state',
      'State of each component; 1 for the current one.',
      all.flatMap(([component, status]) =>
        states.map((state) => sample({ component, state }, status.state === state)),
      ),
    ),
    gauge(
      'component_since_timestamp_seconds',
      'When the current state of each component began, in Unix time.',
      all.map(([component, { since }]) => sample({ component }, unixTime(since))),
    ),
    gauge(
      'server_up',
      'Whether the process of each server of this host runs.',
      servers.map(({ content, role, port, up }) =>
        sample({ content: String(content), role, port: String(port) }, up),
      ),
    ),
    gauge(
      'findings',
      'Findings of this run by id and severity; those of its start stay.',
      countedFindings([...findings, ...all.flatMap(([, component]) => component.finding ?? [])]),
    ),
    gauge('seed_drift_files', 'Files in PXF_BASE that differ from the image.', single(seedDrift.length)),
  ]
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

function ofStart({ counters, timeline }: Snapshot): Family[] {
  const end = timeline.findIndex(({ event }) => event === 'ready')
  const events = new Map<string, number>()
  for (const { event, ms } of end === -1 ? timeline : timeline.slice(0, end + 1))
    if (!events.has(event)) events.set(event, ms / 1000)
  return [
    gauge(
      'startup_seconds',
      'Time from the start of the program until it was first ready.',
      single(events.get('ready')),
    ),
    gauge(
      'startup_event_seconds',
      'Time from the start of the program until each event on the way to its first ready.',
      [...events].map(([event, value]) => sample({ event }, value)),
    ),
    counter('became_ready_total', 'How often the run became ready.', single(counters['becameReady'] ?? 0)),
  ]
}

const outcomes = ['none', 'clean', 'failed', 'unproven', 'killed', 'unknown'] as const

function outcomeOf(previous: PreviousStop): (typeof outcomes)[number] {
  if (previous.kind === 'unclean') return 'killed'
  if (previous.kind !== 'stopped') return previous.kind
  if (isOpen(previous.stop)) return 'unproven'
  return previous.stop.exitCode === 0 ? 'clean' : 'failed'
}

function ofLastStop(previous: PreviousStop): Family[] {
  const outcome = outcomeOf(previous)
  const stop = previous.kind === 'stopped' ? previous.stop : undefined
  const lasted = previous.kind === 'unclean' ? previous.stoppedForSeconds : stop?.seconds
  return [
    gauge(
      'last_stop',
      'How the run before this one ended; 1 for what applies.',
      outcomes.map((name) => sample({ outcome: name }, outcome === name)),
    ),
    gauge('last_stop_exit_code', 'Exit code of the run before this one.', single(stop?.exitCode)),
    gauge(
      'last_stop_duration_seconds',
      'Time that the stop of the run before this one took, or until it was killed.',
      single(lasted),
    ),
    gauge(
      'last_stop_timestamp_seconds',
      'When the run before this one ended, in Unix time.',
      single(stop === undefined ? undefined : unixTime(stop.at)),
    ),
  ]
}
