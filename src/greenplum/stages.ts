/**
 * Where the base image's start script stands, told by its own lines. This decides when a session may be
 * opened: one that is held open during the first start's restart costs 120 s and a crash (see
 * docs/base-image.md, trap 1). Another image's lines are one row more in the table.
 */

/**
 *   launched ─ Initialize ─▶ initializing ─ Configure ─▶ configuring-access ─ Restart ─▶ restarting
 *      │                                                                                     │
 *      └───────────── Start ───────────────▶ starting ◀──────── Restarting System... ────────┘
 *                                               │
 *                                               └─▶ init-scripts ─▶ init-scripts-done
 */
export type Stage =
  | 'launched'
  | 'initializing'
  | 'configuring-access'
  | 'restarting'
  | 'starting'
  | 'init-scripts'
  | 'init-scripts-done'

interface Row {
  readonly line: RegExp
  readonly stage: Stage
  /** The line means this only in one of these stages; gpstop prints the same lines at other times. */
  readonly from: readonly Stage[]
}

const rows: readonly Row[] = [
  { line: /^INFO - Initialize \w+/, stage: 'initializing', from: ['launched'] },
  { line: /^INFO - Configure pg_hba\.conf/, stage: 'configuring-access', from: ['launched', 'initializing'] },
  {
    line: /^INFO - Restart \w+/,
    stage: 'restarting',
    from: ['launched', 'initializing', 'configuring-access'],
  },
  { line: /-\[INFO\]:-Restarting System\.\.\./, stage: 'starting', from: ['restarting'] },
  { line: /^INFO - Start \w+/, stage: 'starting', from: ['launched'] },
  { line: /^INFO - Executing custom init/, stage: 'init-scripts', from: ['starting'] },
  { line: /^INFO - Finished executing custom init/, stage: 'init-scripts-done', from: ['init-scripts'] },
]

export function stageAfter(stage: Stage, line: string): Stage {
  return rows.find((row) => row.from.includes(stage) && row.line.test(line))?.stage ?? stage
}

/** From here on the cluster is whole: gpinitsystem is done, and clients have their rule. */
export function isWholeCluster(stage: Stage): boolean {
  return stage === 'restarting' || isFinalServer(stage)
}

/** From here on the server that runs is the one that stays. */
export function isFinalServer(stage: Stage): boolean {
  return stage === 'starting' || stage === 'init-scripts' || stage === 'init-scripts-done'
}

/** What is being waited for, for `reasons`. */
export const stageText: Readonly<Record<Stage, string>> = {
  launched: 'the start script prepares hosts and keys',
  initializing: 'gpinitsystem makes the cluster; the first start takes about half a minute',
  'configuring-access': 'the start script writes pg_hba.conf',
  restarting: 'gpstop ends the temporary server of the first start',
  starting: 'gpstart brings up coordinator and segments',
  'init-scripts': 'the custom init scripts run',
  'init-scripts-done': 'the coordinator and every segment must answer',
}
