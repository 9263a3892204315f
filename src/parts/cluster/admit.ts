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
  let known: ReadonlyMap<string, Known> = new Map()
  const untold = new Set<string>()
  let admitted = ''
  let due = 0
  let complaint = ''
  const stopped = () => signal.aborted
  while (!stopped()) {
    known = await addressesOf(names, known)
    const addresses = [...new Set([...known.values()].flatMap((host) => host.addresses))].toSorted()
    const present = `${addresses.join()} ${(await findServerDirectories(config.greenplum)).join()}`
    try {
      if (present !== admitted || performance.now() >= due) {
        const isDone = await admit(run, { addresses, untold })
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

interface Known {
  readonly addresses: readonly string[]
  /** Look-ups in a row without an answer. */
  readonly silent: number
}

const nothing: Known = { addresses: [], silent: 0 }

/** Without any word of a name server for so long, an address is not kept. */
const mostSilent = 6

/** A host that is down has no address, and its last one may belong to another container soon. */
async function addressesOf(
  names: readonly string[],
  before: ReadonlyMap<string, Known>,
): Promise<ReadonlyMap<string, Known>> {
  const found = await Promise.all(
    names.map(async (name): Promise<readonly [string, Known]> => {
      try {
        const answers = await lookup(name, { all: true })
        return [name, { addresses: answers.map(({ address }) => address), silent: 0 }]
      } catch (error) {
        const { addresses, silent } = before.get(name) ?? nothing
        const isKept = errnoOf(error) !== 'ENOTFOUND' && silent < mostSilent
        return [name, isKept ? { addresses, silent: silent + 1 } : nothing]
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

interface Wanted {
  readonly addresses: readonly string[]
  /** Servers whose file has changed, and which have not been told yet. */
  readonly untold: Set<string>
}

/** @returns false where a file is being written by somebody else, so that it has to be looked at again soon */
async function admit(run: PartRun, wanted: Wanted): Promise<boolean> {
  if (await isBeingMade(run.config.greenplum)) return false
  let isDone = true
  const failures: string[] = []
  // One file that cannot be read is no reason to leave out the next.
  for (const directory of await findServerDirectories(run.config.greenplum)) {
    try {
      isDone = (await admitInto(directory, run, wanted)) && isDone
    } catch (error) {
      failures.push(reasonOf(error))
    }
  }
  if (failures.length > 0) throw new Error(failures.join('; '))
  return isDone
}

async function admitInto(
  directory: string,
  { config, logger }: PartRun,
  { addresses, untold }: Wanted,
): Promise<boolean> {
  const path = hbaPath(directory)
  const written = (await unlessAbsent(stat(path)))?.mtimeMs
  if (written === undefined || Math.abs(Date.now() - written) < quietMs) return false
  const outcome = await editHba(path, (text) => withHosts(text, { user: config.greenplum.user, addresses }))
  if (outcome === 'changed') {
    logger.info('pg_hba.conf: the other hosts are let in', { path })
    untold.add(directory)
  }
  return !untold.has(directory) || tell(directory, untold)
}

/** @returns false where it cannot be told whether the server runs, which then has to be told later */
async function tell(directory: string, untold: Set<string>): Promise<boolean> {
  const postmaster = await observePostmaster(directory)
  if (postmaster.state === 'unknown') return false
  if (postmaster.state === 'alive') send(postmaster.file.pid, 'SIGHUP')
  untold.delete(directory)
  return true
}
