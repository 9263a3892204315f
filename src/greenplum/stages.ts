/**
 * Where the base image's start script stands, told by its own lines, which the profile of its family lists. This decides
 * when a session may be opened: one that is held open during the first start's restart costs 120 s and a crash (see
 * docs/base-image.md, trap 1).
 */
import type { Stage, StageLine } from '../image/profile.ts'

export type { Stage }

export function stageAfter(lines: readonly StageLine[], stage: Stage, line: string): Stage {
  return lines.find((row) => row.from.includes(stage) && row.line.test(line))?.stage ?? stage
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
