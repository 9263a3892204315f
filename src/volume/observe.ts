/**
 * The one look at the volume and its servers: preflight, the plan of a start, the first start and the doctor go by what
 * it answers. It writes nothing, and it does not throw: what cannot be looked at is said, for "cannot tell" must not
 * pass for "nothing there".
 */
import { stat } from 'node:fs/promises'
import type { Config } from '../config/config.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { surveyServers } from '../greenplum/data-directories.ts'
import { observeHba } from '../hba/reconcile.ts'
import type { ImageProfile } from '../image/profile.ts'
import { interruptedStarts, readMarker, type Marker } from './state.ts'

export interface VolumeFacts {
  /** There is a data directory. */
  readonly exists: boolean
  readonly marker: Marker
  readonly dataDirectory: string
  /** What is known of the image, the names of its variables for one. */
  readonly profile: ImageProfile
  readonly coordinatorDirectory: string
  /** Every directory that holds a server, whatever its name. */
  readonly servers: readonly string[]
  /** Those of this configuration, the coordinator's first, without copies. */
  readonly directories: readonly string[]
  /** The coordinator's pg_hba.conf, which is all that the start script itself looks at; undefined where there is none. */
  readonly hbaText: string | undefined
  /** The rule that lets clients in stands in it. The script writes it when gpinitsystem is done: nothing is half made. */
  readonly letsClientsIn: boolean
  /** Folders with half-made clusters of first starts that never came to their end, the oldest first. */
  readonly interrupted: readonly string[]
  /** Why something of this could not be looked at. */
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
