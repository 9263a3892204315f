/**
 * Lets the other hosts of the cluster in, whatever addresses they have: in `pg_hba.conf` of every server of this host. On
 * every host, from its start on; the servers may come later.
 */
import { lookup } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { send } from '../../children/child.ts'
import { firstStartHere } from '../../cluster/first-start.ts'
import { isCoordinator } from '../../config/role.ts'
import { errnoOf, reasonOf, unlessAbsent } from '../../errors.ts'
import { findServerDirectories, observePostmaster } from '../../greenplum/data-directories.ts'
import { withHosts } from '../../hba/hosts.ts'
import { editHba, hbaPath } from '../../hba/reconcile.ts'
import { sleep } from '../../time.ts'
import { readMarker } from '../../volume/state.ts'
import type { PartRun } from '../part.ts'

const everyMs = 5000
/** The file may have been replaced: a mirror that is made anew gets its primary's. */
const againMs = 30_000
/** `gpinitstandby` and others add line after line. */
const quietMs = 2000

export async function admitOtherHosts(run: PartRun, signal: AbortSignal): Promise<void> {
  const { config, logger } = run
  const names = config.cluster.hosts.filter((host) => host !== config.cluster.hostname)
  if (names.length === 0) return
  let known: ReadonlyMap<string, readonly string[]> = new Map()
  let admitted = ''
  let due = 0
  let complaint = ''
  const stopped = () => signal.aborted
  while (!stopped()) {
    known = await addressesOf(names, known)
    const addresses = [...new Set([...known.values()].flat())].toSorted()
    const present = `${addresses.join()} ${(await findServerDirectories(config.greenplum)).join()}`
    try {
      if (present !== admitted || performance.now() >= due) {
        const isDone = await admit(run, addresses)
        admitted = isDone ? present : ''
        due = performance.now() + againMs
      }
      complaint = ''
    } catch (error) {
      if (reasonOf(error) !== complaint)
        logger.warn('the other hosts of the cluster cannot be let in', { reason: reasonOf(error) })
      complaint = reasonOf(error)
    }
    await sleep(everyMs, signal)
  }
}

/** A host that is down has no address, and its last one may belong to another container soon. */
async function addressesOf(
  names: readonly string[],
  before: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await Promise.all(
    names.map(async (name): Promise<readonly [string, readonly string[]]> => {
      try {
        return [name, (await lookup(name, { all: true })).map(({ address }) => address)]
      } catch (error) {
        return [name, errnoOf(error) === 'ENOTFOUND' ? [] : (before.get(name) ?? [])]
      }
    }),
  )
  return new Map(found)
}

/** While `gpinitsystem` writes into the files of new servers, nobody else does. */
async function isBeingMade(config: PartRun['config']['greenplum']): Promise<boolean> {
  const { dataDirectory } = config
  return isCoordinator(config)
    ? (await readMarker(dataDirectory)) === 'initializing'
    : (await firstStartHere(dataDirectory)) !== undefined
}

/** @returns false where a file is being written by somebody else, so that it has to be looked at again soon */
async function admit({ config, logger }: PartRun, addresses: readonly string[]): Promise<boolean> {
  if (await isBeingMade(config.greenplum)) return false
  let isDone = true
  for (const directory of await findServerDirectories(config.greenplum)) {
    const path = hbaPath(directory)
    const written = (await unlessAbsent(stat(path)))?.mtimeMs
    if (written === undefined || Math.abs(Date.now() - written) < quietMs) {
      isDone = false
      continue
    }
    const outcome = await editHba(path, (text) => withHosts(text, { user: config.greenplum.user, addresses }))
    if (outcome !== 'changed') continue
    logger.info('pg_hba.conf: the other hosts are let in', { path })
    const postmaster = await observePostmaster(directory)
    if (postmaster.state === 'alive') send(postmaster.file.pid, 'SIGHUP')
  }
  return isDone
}
