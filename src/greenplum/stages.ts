/**
 * The progress of the base image's start script, from its output lines, which the profile of its family lists. It
 * determines when a session may be opened: a session that is open during the restart of a first start costs 120 s and a
 * crash (docs/base-image.md, trap 1).
 */
import type { Stage, StageLine } from '../image/profile.ts'

export type { Stage }

export function stageAfter(lines: readonly StageLine[], stage: Stage, line: string): Stage {
  return lines.find((row) => row.from.includes(stage) && row.line.test(line))?.stage ?? stage
}

/** From these stages on the cluster is complete: gpinitsystem has finished, and pg_hba.conf admits clients. */
export function isWholeCluster(stage: Stage): boolean {
  return stage === 'restarting' || isFinalServer(stage)
}

/** From these stages on the running server is the final one. */
export function isFinalServer(stage: Stage): boolean {
  return stage === 'starting' || stage === 'init-scripts' || stage === 'init-scripts-done'
}

/** What the start script is doing, for `reasons`. */
export const stageText: Readonly<Record<Stage, string>> = {
  launched: 'the start script is preparing hosts and keys',
  initializing: 'the cluster is being created; by gpinitsystem this takes about half a minute',
  'configuring-access': 'the start script is writing pg_hba.conf',
  restarting: 'the temporary servers of the first start are stopping',
  starting: 'the coordinator and the segments are starting',
  'init-scripts': 'the custom init scripts are running',
  'init-scripts-done': 'waiting for the coordinator and every segment to respond',
}
