/**
 * The known state of this run: components, timeline, counters, findings. Written by the supervisor and the parts, read
 * as one snapshot.
 */
import type { Facts, Snapshot, TimelineEntry } from '../health/report.ts'
import type { Logger } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import { isSame, reworded, type Finding } from '../findings/finding.ts'
import { changed, phaseNames, statusOf, type ComponentChange, type Components } from '../health/components.ts'
import { printable } from '../printable.ts'
import type { State } from './transition.ts'

export interface Board {
  /** When the program started, ISO 8601. */
  readonly startedAt: string
  readonly report: (name: string, change: ComponentChange) => void
  /** Adds an event to the timeline. */
  readonly mark: (event: string) => void
  readonly count: (counter: string) => void
  readonly learn: (facts: Partial<Facts>) => void
  /** Adds a finding, or replaces an earlier one about the same thing. */
  readonly note: (finding: Finding) => void
  readonly components: () => Components
  readonly snapshot: (state: State) => Snapshot
}

/** The timeline of a long run keeps its first events, which matter most, and its latest ones. */
const keptEvents = 200

export interface BoardPorts {
  readonly components: Components
  /** The names of all counters but `becameReady`. */
  readonly counters: readonly string[]
  readonly logger: Logger
  readonly mask: Mask
  readonly onComponentChange: () => void
  /** Called after every write, whatever it changed. */
  readonly onChange: () => void
  readonly startedAtMs: number
}

export function createBoard(ports: BoardPorts): Board {
  const { logger, mask, onComponentChange, onChange, startedAtMs, ...initial } = ports
  const now = () => new Date().toISOString()
  const startedAt = new Date(Date.now() - (performance.now() - startedAtMs)).toISOString()
  const timeline: TimelineEntry[] = []
  const counters = new Map([...initial.counters, 'becameReady'].map((name) => [name, 0]))
  const countOf = (name: string) => counters.get(name) ?? 0
  let { components } = initial
  let facts: Facts = {
    versions: {},
    previousStop: { kind: 'none' },
    seedDrift: [],
    servers: [],
    findings: [],
  }
  const clean = (words: string) => printable(mask(words))
  const mark = (event: string) => {
    if (timeline.length >= keptEvents) timeline.splice(leastNeeded(timeline), 1)
    timeline.push({ at: now(), ms: Math.round(performance.now() - startedAtMs), event })
    onChange()
  }
  return {
    startedAt,
    mark,
    report(name, change) {
      const before = statusOf(components, name)
      components = changed(components, name, masked(change, mask), now())
      const after = statusOf(components, name)
      if (after.state !== before.state) {
        mark(`${name} ${after.state}`)
        logger.info('component changed', {
          part: name,
          from: before.state,
          to: after.state,
          reason: after.reason,
        })
      }
      onChange()
      onComponentChange()
    },
    count: (name) => {
      counters.set(name, countOf(name) + 1)
      onChange()
    },
    learn: (more) => {
      facts = { ...facts, ...more, versions: { ...facts.versions, ...more.versions } }
      onChange()
    },
    note: (finding) => {
      const others = (facts.findings ?? []).filter((other) => !isSame(other, finding))
      facts = { ...facts, findings: [...others, reworded(finding, clean)] }
      onChange()
    },
    components: () => components,
    snapshot: (state) => ({
      phase: state.phase,
      startedAt,
      wasReady: countOf('becameReady') > 0,
      components,
      timeline: [...timeline],
      ...facts,
      counters: Object.fromEntries(counters),
      ...('reason' in state ? { stopReason: state.reason.text } : {}),
    }),
  }
}

const isPhase: ReadonlySet<string> = new Set(phaseNames)

/** The oldest of the later half that begins no phase: when the present phase began, and the first `ready`, are kept. */
function leastNeeded(timeline: readonly TimelineEntry[]): number {
  const half = keptEvents / 2
  const found = timeline.findIndex(({ event }, index) => index >= half && !isPhase.has(event))
  return found === -1 ? half : found
}

/** Reasons may quote output of other programs, and are printed on terminals. */
const masked = (change: ComponentChange, mask: Mask): ComponentChange => ({
  ...change,
  reason: printable(mask(change.reason ?? '')),
  ...(change.finding === undefined
    ? {}
    : { finding: reworded(change.finding, (words) => printable(mask(words))) }),
  ...(change.entries === undefined
    ? {}
    : { entries: change.entries.map((entry) => ({ ...entry, reason: printable(mask(entry.reason)) })) }),
})
