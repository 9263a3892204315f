/**
 * Two coordinators of one cluster must never write. Before this host starts the coordinator, it asks the host of the
 * standby whether that was promoted meanwhile. If it was, this host becomes the new standby: its data is moved aside, and
 * the new coordinator copies its own here. Where that host does not answer, this one starts: without a third party
 * nobody can tell a host that is down from a network that is.
 */
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDescription, type HostDescription } from '../../cluster/host-description.ts'
import { accepts } from '../../cluster/reach.ts'
import { runOnHost } from '../../cluster/ssh.ts'
import { asFile, hostRoleName } from '../../config/host-role.ts'
import type { Config } from '../../config/config.ts'
import { leadsOtherHosts } from '../../config/role.ts'
import { exitCodes, unlessAbsent } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { FindingError } from '../../findings/error.ts'
import { finding, sentenceOf, type Finding } from '../../findings/finding.ts'
import { stampOf, stateDirectory, writeState } from '../../volume/state.ts'
import { hostPortsOf } from '../host-ports.ts'
import type { PartRun } from '../part.ts'

const sshPort = 22
const timeoutMs = 20_000

/** @throws FindingError where the coordinator must not start here */
export async function yieldToPromoted(run: PartRun): Promise<void> {
  const { config, logger, note } = run
  const { peer } = config.cluster
  if (!leadsOtherHosts(config.greenplum) || peer === undefined) return
  const other = await ask(peer, run)
  if (other === undefined) {
    logger.warn('the other host of the coordinator does not answer; starting without its word', {
      host: peer,
    })
    return
  }
  const found = reasonNotToStart(peer, other, config)
  if (found === undefined) return
  if (found.mayFollow && config.cluster.recovery === 'auto') await follow(config.greenplum, other.term)
  note(found.finding)
  throw new FindingError(sentenceOf(found.finding), found.finding, {
    code: 'replaced',
    exitCode: exitCodes.configuration,
  })
}

async function ask(peer: string, run: PartRun): Promise<HostDescription | undefined> {
  if (!(await accepts({ host: peer, port: sshPort }))) return undefined
  const { output } = await runOnHost(
    peer,
    ['describe-host'],
    { timeoutMs, asStandby: true, isQuiet: true },
    await hostPortsOf(run, AbortSignal.timeout(timeoutMs)),
  )
  return parseDescription(output)
}

export interface NotToStart {
  readonly finding: Finding
  /** This host can become the standby of the other. */
  readonly mayFollow: boolean
}

/** Pure. */
export function reasonNotToStart(
  peer: string,
  other: Pick<HostDescription, 'coordinator' | 'promoted' | 'term'>,
  { cluster, greenplum, platform }: Pick<Config, 'cluster' | 'greenplum' | 'platform'>,
): NotToStart | undefined {
  const { start } = adviceFor(platform)
  const where = greenplum.coordinatorDirectory
  if (other.promoted === 'master' && other.term > cluster.term) {
    const text = `the standby on ${peer} was promoted: the coordinator is there now, and the data here is behind it`
    const follows = cluster.recovery === 'auto'
    const fix = follows
      ? `start this container again (a restart policy does this): it becomes the standby; its former data is kept in ${stateDirectory(greenplum.dataDirectory)}`
      : `with CLUSTER_RECOVERY=auto this host becomes the standby: ${start}`
    return { finding: finding('volume.replaced', { text, fix, where }), mayFollow: true }
  }
  if (other.term === cluster.term && other.coordinator !== 'none') {
    const text = `the standby on ${peer} was promoted, but not with gp-supervisor promote, or that was interrupted`
    const fix = `to keep the coordinator there, run gp-supervisor promote on ${peer}, then start this container again: ${start}`
    return { finding: finding('volume.replaced', { text, fix, where }), mayFollow: false }
  }
  if (other.term < cluster.term && other.coordinator === 'runs') {
    const text = `${peer} runs a coordinator, although this host was promoted in its place`
    const fix = `stop the container on ${peer}, then start this one: ${start}; and then that on ${peer}, which becomes the standby`
    return { finding: finding('volume.replaced', { text, fix, where }), mayFollow: false }
  }
  return undefined
}

async function follow(
  { coordinatorDirectory, dataDirectory }: Config['greenplum'],
  term: number,
): Promise<void> {
  const now = new Date().toISOString()
  const to = join(stateDirectory(dataDirectory), `replaced-${stampOf(now)}`)
  await mkdir(stateDirectory(dataDirectory), { recursive: true, mode: 0o700 })
  // After a kill in between, the next start asks again and comes here.
  await unlessAbsent(rename(coordinatorDirectory, to))
  await writeState(dataDirectory, hostRoleName, asFile({ deployment: 'standby', term, since: now }))
}
