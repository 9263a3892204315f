/**
 * Whether the place of a standby on this host may be used, and how it is made free. What lies there is moved aside and
 * kept; of several, the newest.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config/config.ts'
import { unlessAbsent } from '../errors.ts'
import { followsAnother, observePostmaster, type Postmaster } from '../greenplum/data-directories.ts'
import { stateDirectory } from '../volume/state.ts'

export interface CoordinatorPlace {
  readonly directory: string
  readonly isEmpty: boolean
  /** A server keeps its state there. It is copied last. */
  readonly isServer: boolean
  /** It replays what another server writes. */
  readonly follows: boolean
  /** Of another server, and never started: it may not be whole. */
  readonly isCopy: boolean
  readonly postmaster: Postmaster['state']
}

export async function observePlace({
  coordinatorDirectory: directory,
}: Pick<Config['greenplum'], 'coordinatorDirectory'>): Promise<CoordinatorPlace> {
  const isThere = async (name: string) => (await unlessAbsent(stat(join(directory, name)))) !== undefined
  const names = (await unlessAbsent(readdir(directory))) ?? []
  return {
    directory,
    isEmpty: names.length === 0,
    isServer: await isThere('global/pg_control'),
    follows: await followsAnother(directory),
    // A coordinator has the first as well while it is backed up; no copy gets the second.
    isCopy: (await isThere('backup_label')) && !(await isThere('postmaster.opts')),
    postmaster: (await observePostmaster(directory)).state,
  }
}

export type Verdict =
  | { readonly kind: 'free' }
  /** Of a standby that the catalog does not have any more, or of one that was never completed. */
  | { readonly kind: 'move' }
  | { readonly kind: 'refuse'; readonly reason: string }

export function judgePlace({
  directory,
  isCopy,
  isEmpty,
  isServer,
  follows,
  postmaster,
}: CoordinatorPlace): Verdict {
  const refuse = (reason: string): Verdict => ({ kind: 'refuse', reason: `${directory}: ${reason}` })
  if (isEmpty) return { kind: 'free' }
  if (postmaster === 'alive') return refuse('a server runs in it')
  if (postmaster === 'unknown') return refuse('it cannot be told whether a server runs in it')
  if (isServer && !follows && !isCopy)
    return refuse('it has the data of a coordinator, not of a standby; if nobody needs it, move it away')
  return { kind: 'move' }
}

/** Where the last one that was moved lies. */
const asideName = 'former-standby'

/** @returns where to, if anything was moved */
export async function makeRoom(
  config: Pick<Config['greenplum'], 'coordinatorDirectory' | 'dataDirectory'>,
  verdict: Verdict,
): Promise<string | undefined> {
  const { coordinatorDirectory, dataDirectory } = config
  await mkdir(dirname(coordinatorDirectory), { recursive: true })
  if (verdict.kind !== 'move') return undefined
  const to = join(stateDirectory(dataDirectory), asideName)
  await mkdir(stateDirectory(dataDirectory), { recursive: true, mode: 0o700 })
  await rm(to, { recursive: true, force: true })
  await rename(coordinatorDirectory, to)
  return to
}
