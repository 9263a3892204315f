/** The history for people: one run a line, the newest first. Pure. */
import type { StartKind } from '../greenplum/start-kind.ts'
import { printableName } from '../printable.ts'
import { seconds } from '../time.ts'
import type { Run, RunEnd } from './run.ts'

const kinds: Readonly<Record<StartKind, string>> = {
  'first-gpinitsystem': 'first, gpinitsystem',
  'first-prepared': 'first, prepared',
  'later-fast': 'later, fast',
  'later-gpstart': 'later, gpstart',
  'segment-host': 'segment host',
}

const head = ['started', 'start', 'ready in', 'ended', 'exit', 'proven', 'by']
const unknown = '-'

export function historyTable(runs: readonly Run[]): string {
  if (runs.length === 0) return 'no runs are recorded'
  const rows = [head, ...runs.map(cells)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const cells = (run: Run): readonly string[] => [
  moment(run.startedAt),
  run.start === undefined ? unknown : kinds[run.start],
  readyIn(run),
  ...endCells(run),
]

function readyIn({ readyMs, end }: Run): string {
  if (readyMs !== undefined) return seconds(readyMs)
  // One that was killed may have been ready just before.
  return end?.how === 'stopped' ? 'never' : unknown
}

function endCells({ readyMs, end }: Run): readonly string[] {
  if (end === undefined) return [readyMs === undefined ? 'starting' : 'running', unknown, unknown, unknown]
  if (end.how === 'killed') return ['killed', unknown, 'no', killer(end)]
  return [moment(end.at), `${end.exitCode}`, end.proven ? 'yes' : 'no', printableName(end.reason)]
}

const killer = ({ stoppedForSeconds }: Extract<RunEnd, { how: 'killed' }>): string =>
  stoppedForSeconds === undefined
    ? 'kill -9, out of memory, or a power failure'
    : `killed ${stoppedForSeconds} s into its stop`

/** Without fractions of a second. */
const moment = (iso: string): string => printableName(iso.replace(/\.\d+Z$/, 'Z'))
