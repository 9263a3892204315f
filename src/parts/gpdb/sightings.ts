/** What the pid file of the coordinator shows while it starts, look by look (pure but for the clock that it is given). */
import type { Postmaster } from '../../greenplum/data-directories.ts'

export interface Sighting {
  /** It was seen alive, and has been dead since, with its pid file left behind, for longer than a gpstart needs. */
  readonly died: boolean
  /** Until the next look. */
  readonly pauseMs: number
}

/** A look at the pid file costs nothing, and a coordinator that has just begun answers at any moment. */
const eagerMs = 50
/** A recovery may take minutes, and each session that it refuses is a line in the server's log. */
const patientMs = 200
const eagerForMs = 1500
/** A gpstart by hand clears a stale pid file within this time. */
const deadForMs = 1000

/**
 * A pid file that was stale from the start is ignored: gpstart clears it. A first start has a coordinator more than once,
 * and gpstart one for utility mode; each is looked at eagerly when it is new.
 */
export function createSightings(): (postmaster: Postmaster, nowMs: number) => Sighting {
  let alive: { readonly pid: number; readonly sinceMs: number } | undefined
  let deadSinceMs: number | undefined
  return (postmaster, nowMs) => {
    if (postmaster.state === 'alive') {
      const { pid } = postmaster.file
      if (pid !== alive?.pid) alive = { pid, sinceMs: nowMs }
    }
    const isDead = postmaster.state === 'dead' && postmaster.pid === alive?.pid
    deadSinceMs = isDead ? (deadSinceMs ?? nowMs) : undefined
    const isOld = postmaster.state === 'alive' && alive !== undefined && nowMs - alive.sinceMs >= eagerForMs
    return {
      died: deadSinceMs !== undefined && nowMs - deadSinceMs >= deadForMs,
      pauseMs: isOld ? patientMs : eagerMs,
    }
  }
}
