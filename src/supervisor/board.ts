/**
 * What is known of this run: components, timeline, counters. Written by the supervisor and its workers through
 * three verbs, read by everyone as one snapshot.
 */
import type { Config } from '../config/config.ts'
import type { Snapshot, TimelineEntry } from '../health/report.ts'
import type { Logger } from '../logging/logger.ts'
import type { Mask } from '../logging/mask.ts'
import { isSame, reworded, type Finding } from '../findings/finding.ts'
import {
  changed,
  initialComponents,
  type ComponentChange,
  type ComponentName,
  type Components,
} from '../health/components.ts'
import { printable } from '../printable.ts'
import type { State } from './transition.ts'

export interface Board {
  readonly report: (name: ComponentName, change: ComponentChange) => void
  /** Notes an event on the timeline. */
  readonly mark: (event: string) => void
  readonly count: (counter: keyof Snapshot['counters']) => void
  readonly learn: (
    facts: Partial<Pick<Snapshot, 'versions' | 'previousStop' | 'seedDrift' | 'findings'>>,
  ) => void
  /** Adds to what is wrong here, or replaces what was said of the same. */
  readonly note: (finding: Finding) => void
  readonly components: () => Components
  readonly snapshot: (state: State) => Snapshot
}

/** The timeline of a long run keeps its beginning, which is asked for, and its latest events. */
const keptEvents = 200

export interface BoardPorts {
  readonly logger: Logger
  readonly mask: Mask
  readonly onComponentChange: () => void
  readonly startedAtMs: number
}

export function createBoard(
  config: Config,
  { logger, mask, onComponentChange, startedAtMs }: BoardPorts,
): Board {
  const now = () => new Date().toISOString()
  const startedAt = new Date(Date.now() - (performance.now() - startedAtMs)).toISOString()
  const timeline: TimelineEntry[] = []
  const counters = { pxfStarts: 0, hbaRepairs: 0, becameReady: 0 }
  let components = initialComponents(config, now())
  let facts: Pick<Snapshot, 'versions' | 'previousStop' | 'seedDrift' | 'findings'> = {
    versions: {},
    previousStop: { kind: 'none' },
    seedDrift: [],
    findings: [],
  }
  const clean = (words: string) => printable(mask(words))
  const mark = (event: string) => {
    if (timeline.length >= keptEvents) timeline.splice(keptEvents / 2, 1)
    timeline.push({ at: now(), ms: Math.round(performance.now() - startedAtMs), event })
  }
  return {
    mark,
    report(name, change) {
      const before = components[name]
      components = changed(components, name, masked(change, mask), now())
      const after = components[name]
      if (after.state !== before.state) {
        mark(`${name} ${after.state}`)
        logger.info('component changed', {
          part: name,
          from: before.state,
          to: after.state,
          reason: after.reason,
        })
      }
      onComponentChange()
    },
    count: (counter) => void counters[counter]++,
    learn: (more) => void (facts = { ...facts, ...more, versions: { ...facts.versions, ...more.versions } }),
    note: (finding) => {
      const others = (facts.findings ?? []).filter((other) => !isSame(other, finding))
      facts = { ...facts, findings: [...others, reworded(finding, clean)] }
    },
    components: () => components,
    snapshot: (state) => ({
      phase: state.phase,
      startedAt,
      wasReady: counters.becameReady > 0,
      components,
      timeline: [...timeline],
      ...facts,
      counters: { ...counters },
      ...('reason' in state ? { stopReason: state.reason.text } : {}),
    }),
  }
}

/** Reasons may quote what another program said, and are read on terminals. */
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
