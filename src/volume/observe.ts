/**
 * Observes the volume and its servers for the preflight, the plan of a start, the first start and the doctor. It
 * neither writes nor throws. What cannot be read is reported, because it must not be confused with what does not exist.
 */
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { surveyServers } from '../greenplum/data-directories.ts'
import { observeHba } from '../hba/reconcile.ts'
import type { ImageProfile } from '../image/profile.ts'
import { interruptedStarts, readMarker, type Marker } from './state.ts'

export interface VolumeFacts {
  /** Whether the data directory exists. */
  readonly exists: boolean
  readonly marker: Marker
  readonly dataDirectory: string
  /** The profile of the image, for the names of its variables and others. */
  readonly profile: ImageProfile
  readonly coordinatorDirectory: string
  /** Every directory that holds a server, whatever its name. */
  readonly servers: readonly string[]
  /** The directories that belong to this configuration, the coordinator's first, without copies. */
  readonly directories: readonly string[]
  /** The coordinator's pg_hba.conf, by which the start script detects a cluster; undefined if it does not exist. */
  readonly hbaText: string | undefined
  /** Whether it has the rule that admits clients. The script adds it after gpinitsystem, so the cluster is complete. */
  readonly letsClientsIn: boolean
  /** Directories with incomplete clusters of interrupted first starts, the oldest first. */
  readonly interrupted: readonly string[]
  /** Why parts of this could not be read. */
  readonly unreadable: readonly string[]
}

export async function observeVolume(config: Config['greenplum']): Promise<VolumeFacts> {
  const { dataDirectory, coordinatorDirectory, profile } = config
  const unreadable: string[] = []
  const readable = <T>(look: Promise<T>, otherwise: T): Promise<T> =>
    look.catch((error: unknown) => {
      unreadable.push(reasonOf(error))
      return otherwise
    })
  const [exists, marker, survey, hba, interrupted] = await Promise.all([
    readable(isThere(dataDirectory), true),
    readable(readMarker(dataDirectory), 'none'),
    surveyServers(config),
    readable(observeHba(coordinatorDirectory), { text: undefined, letsClientsIn: false }),
    readable(interruptedStarts(dataDirectory), []),
  ])
  return {
    exists,
    marker,
    dataDirectory,
    profile,
    coordinatorDirectory,
    servers: survey.servers,
    directories: survey.directories,
    hbaText: hba.text,
    letsClientsIn: hba.letsClientsIn,
    interrupted,
    unreadable: [
      ...new Set([
        ...unreadable,
        ...[...survey.unreadable, ...survey.unreadableElsewhere].map(({ reason }) => reason),
      ]),
    ],
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
