/**
 * Decides what kind of start a volume gets. Files are moved aside only if nobody can have data there. Every unclear
 * case is refused, with a fix. Pure.
 */
import { finding, type Finding } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'
import type { VolumeFacts } from './observe.ts'
import type { Marker } from './state.ts'

/** The facts on which the decision is based. */
export type Seen = Pick<
  VolumeFacts,
  | 'marker'
  | 'dataDirectory'
  | 'profile'
  | 'coordinatorDirectory'
  | 'servers'
  | 'hbaText'
  | 'letsClientsIn'
  | 'unreadable'
>

export type VolumePlan =
  | { readonly kind: 'first-start' }
  /** An unfinished first start: its files are moved aside, and it starts over. */
  | { readonly kind: 'move-aside' }
  | {
      readonly kind: 'later-start'
      /** Findings about this start. */
      readonly notes: readonly Finding[]
      /** The first start ended before it had set the password, so the database may have a random one. */
      readonly passwordPending: boolean
      /** The first start ended before the custom init scripts, if any, had finished. */
      readonly scriptsUnfinished: boolean
    }
  | { readonly kind: 'refuse'; readonly finding: Finding }

export function planVolume(observed: Seen): VolumePlan {
  if (observed.unreadable.length > 0) return refuseUnreadable(observed)
  if (observed.marker === 'initializing' && !isWhole(observed)) return { kind: 'move-aside' }
  const seen = {
    ...observed,
    marker: observed.marker === 'initializing' ? 'serving' : observed.marker,
  } as const
  if (seen.servers.length === 0) return seen.marker === 'none' ? { kind: 'first-start' } : refuseLost(seen)
  if (!seen.servers.includes(seen.coordinatorDirectory)) return refuseOther(seen)
  if (seen.hbaText === undefined) return refuseWithoutHba(seen)
  return {
    kind: 'later-start',
    notes: notesOn(seen.marker, seen.dataDirectory),
    passwordPending: seen.marker === 'serving',
    scriptsUnfinished: seen.marker === 'serving' || seen.marker === 'scripts-unfinished',
  }
}

/**
 * Whether the cluster is complete, so that an unfinished first start left something to keep. This happens if it was
 * interrupted between gpinitsystem and the marker, if the marker could not be written, if the script prints other
 * lines, or if a backup was restored over an incomplete cluster. What cannot be read may be complete.
 */
export const isWhole = (seen: Omit<Seen, 'marker' | 'dataDirectory' | 'profile' | 'hbaText'>): boolean =>
  seen.unreadable.length > 0 || (seen.letsClientsIn && seen.servers.includes(seen.coordinatorDirectory))

/** An incomplete cluster does not count: it is moved aside, and the first start starts over. */
export const hasCluster = (seen: Omit<VolumeFacts, 'exists'>): boolean =>
  seen.marker === 'initializing' ? isWhole(seen) : seen.directories.length > 0

const refuseUnreadable = ({ dataDirectory, unreadable }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.unreadable', {
    severity: 'refuse',
    text: `the volume cannot be read: ${unreadable.join('; ')}`,
    where: dataDirectory,
  }),
})

function notesOn(marker: Exclude<Marker, 'initializing'>, where: string): Finding[] {
  switch (marker) {
    case 'none':
      return [
        finding('volume.adopted', {
          text: 'the volume was created without this supervisor; it is treated as initialized',
          fix: 'nothing needs to be done',
          where,
        }),
      ]
    case 'serving':
      return [
        finding('volume.cut-off', {
          text: 'the first start was interrupted when the database opened; the data is kept',
          fix: 'nothing needs to be done',
          where,
        }),
      ]
    case 'scripts-unfinished':
    case 'initialized':
      return []
  }
}

const refuseLost = ({ dataDirectory }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.lost', {
    text: `a cluster was created on this volume, but there is none below ${dataDirectory}; check that everything is mounted`,
    fix: `to start over on purpose, delete ${dataDirectory}/.gp-supervisor/volume.json`,
    where: dataDirectory,
  }),
})

const refuseOther = ({ coordinatorDirectory, servers, profile }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.other-prefix', {
    text: `there is no server in ${coordinatorDirectory}, but there are ${servers.join(', ')}`,
    fix: `set ${variableName(profile, 'SEG_PREFIX')} to their prefix, or correct ${variableName(profile, 'DATA_DIRECTORY')}`,
    where: coordinatorDirectory,
  }),
})

const refuseWithoutHba = ({ coordinatorDirectory }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.no-hba', {
    text: `${coordinatorDirectory}/pg_hba.conf is missing, so the start script would treat the volume as empty`,
    fix: 'restore the file',
    where: `${coordinatorDirectory}/pg_hba.conf`,
  }),
})
