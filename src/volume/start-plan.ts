/**
 * What kind of start a volume gets. Pure, and the most careful decision of the program: only a volume on which
 * nobody can have data is ever moved aside, and whatever is unclear is refused, with what to do.
 */
import { finding, type Finding } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'
import type { VolumeFacts } from './observe.ts'
import type { Marker } from './state.ts'

/** What the decision rests on. */
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
  /** An unfinished first start: what it left goes aside, and it begins again. */
  | { readonly kind: 'move-aside' }
  | {
      readonly kind: 'later-start'
      /** What is special about it. */
      readonly notes: readonly Finding[]
      /** The first start ended before it had set its password: the database may have a random one. */
      readonly passwordPending: boolean
      /** It ended before the custom init scripts, if there are any, were finished. */
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
 * Is the cluster whole? It decides for an unfinished first start whether it left anything to keep: a cut between
 * gpinitsystem's end and the mark, a mark that could not be written, a script that speaks otherwise, a backup laid over
 * half a cluster. What cannot be looked at may be whole.
 */
export const isWhole = (seen: Omit<Seen, 'marker' | 'dataDirectory' | 'profile' | 'hbaText'>): boolean =>
  seen.unreadable.length > 0 || (seen.letsClientsIn && seen.servers.includes(seen.coordinatorDirectory))

/** Half a cluster is none: it is moved aside, and the first start begins again. */
export const hasCluster = (seen: Omit<VolumeFacts, 'exists'>): boolean =>
  seen.marker === 'initializing' ? isWhole(seen) : seen.directories.length > 0

const refuseUnreadable = ({ dataDirectory, unreadable }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.unreadable', {
    severity: 'refuse',
    text: `it cannot be looked at: ${unreadable.join('; ')}`,
    where: dataDirectory,
  }),
})

function notesOn(marker: Exclude<Marker, 'initializing'>, where: string): Finding[] {
  switch (marker) {
    case 'none':
      return [
        finding('volume.adopted', {
          text: 'the volume was made without this supervisor; it is taken as initialised',
          fix: 'nothing has to be done',
          where,
        }),
      ]
    case 'serving':
      return [
        finding('volume.cut-off', {
          text: 'the first start was cut off when the database opened; it is kept as it is',
          fix: 'nothing has to be done',
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
    text: `a cluster was made here, and there is none below ${dataDirectory} now; is everything mounted?`,
    fix: `to start over on purpose, delete ${dataDirectory}/.gp-supervisor/volume.json`,
    where: dataDirectory,
  }),
})

const refuseOther = ({ coordinatorDirectory, servers, profile }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.other-prefix', {
    text: `there is no server in ${coordinatorDirectory}, but there are ${servers.join(', ')}`,
    fix: `set ${variableName(profile, 'SEG_PREFIX')} to the prefix of those, or ${variableName(profile, 'DATA_DIRECTORY')}`,
    where: coordinatorDirectory,
  }),
})

const refuseWithoutHba = ({ coordinatorDirectory }: Seen): VolumePlan => ({
  kind: 'refuse',
  finding: finding('volume.no-hba', {
    text: `${coordinatorDirectory}/pg_hba.conf is missing, and the start script would take the volume for an empty one`,
    fix: 'put the file back',
    where: `${coordinatorDirectory}/pg_hba.conf`,
  }),
})
