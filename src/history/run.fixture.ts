/** Runs as they are remembered. */
import type { Run, RunEnd } from './run.ts'

export const clean = {
  how: 'stopped',
  at: '2026-11-27T07:10:00.000Z',
  reason: 'SIGTERM',
  exitCode: 0,
  proven: true,
  seconds: 1.2,
  phase: 'ready',
} as const satisfies RunEnd

/** A later start with the usual stages, at these times in milliseconds. */
export function startOf(
  times: { readonly gpdb: number; readonly pxf: number; readonly ready: number },
  more: Partial<Run> = {},
): Run {
  const stages = [
    { event: 'seed ready', ms: 500 },
    { event: 'gpdb ready', ms: times.gpdb },
    { event: 'pxf ready', ms: times.pxf },
    { event: 'ready', ms: times.ready },
  ]
  return {
    startedAt: '2026-11-27T07:00:00.000Z',
    image: 'greenplum6',
    versions: { supervisor: '0.1.0', greenplum: '6.27.1' },
    start: 'later-fast',
    readyMs: times.ready,
    stages: stages.toSorted((a, b) => a.ms - b.ms),
    phases: [],
    end: clean,
    ...more,
  }
}
