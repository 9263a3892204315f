/**
 * Two coordinators of one cluster must never write. Before this host starts the coordinator, it asks the host of the
 * standby whether that was promoted meanwhile. If it was, this host becomes the new standby: its data is moved aside, and
 * the new coordinator copies its own here. Where that host does not answer, this one starts: without a third party
 * nobody can tell a host that is down from a network that is.
 */
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRole, type RoleOfHost } from '../../cluster/host-description.ts'
import { accepts, sshPort } from '../../cluster/reach.ts'
import { runOnHost } from '../../cluster/ssh.ts'
import { asFile, hostRoleName } from '../../config/host-role.ts'
import type { Config } from '../../config/config.ts'
import { leadsOtherHosts } from '../../config/role.ts'
import { exitCodes, unlessAbsent } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { FindingError } from '../../findings/error.ts'
import { finding, sentenceOf, type Finding } from '../../findings/finding.ts'
import { waitUntil } from '../../time.ts'
import { stampOf, stateDirectory, writeState } from '../../volume/state.ts'
import { hostPortsOf } from '../host-ports.ts'
import type { PartRun } from '../part.ts'

const timeoutMs = 20_000
/** After a power failure all hosts start at once, and the one that was promoted may be the later one. */
const comesMs = 5000
const saysMs = 15_000

/** @throws FindingError where the coordinator must not start here */
export async function yieldToPromoted(run: PartRun): Promise<void> {
  const { config, logger, note } = run
  const { peer } = config.cluster
  if (!leadsOtherHosts(config.greenplum) || peer === undefined) return
  const isThere = () => accepts({ host: peer, port: sshPort })
  if (!(await waitUntil(isThere, { ms: comesMs, everyMs: 500 }))) {
    logger.warn('the other host of the coordinator does not answer; starting without its word', {
      host: peer,
    })
    return
  }
  let other: Word = await ask(peer, run)
  // Its keys may not be in place yet.
  const isSaid = async () => {
    if ('failure' in other) other = await ask(peer, run)
    return !('failure' in other)
  }
  await waitUntil(isSaid, { ms: saysMs, everyMs: 2000 })
  const found = reasonNotToStart(peer, other, config)
  if (found === undefined) return
  if (found.mayFollow && config.cluster.recovery === 'auto')
    await follow(config.greenplum, 'term' in other ? other.term : config.cluster.term)
  note(found.finding)
  throw new FindingError(sentenceOf(found.finding), found.finding, {
    code: 'replaced',
    exitCode: exitCodes.configuration,
  })
}

type Word = RoleOfHost | { readonly failure: string }

async function ask(peer: string, run: PartRun): Promise<Word> {
  const { failure, output } = await runOnHost(
    peer,
    ['describe-host', 'role'],
    { timeoutMs, asStandby: true, isQuiet: true },
    await hostPortsOf(run, AbortSignal.timeout(timeoutMs)),
  )
  return parseRole(output) ?? { failure: failure === '' ? 'its answer is not understood' : failure }
}

export interface NotToStart {
  readonly finding: Finding
  /** This host can become the standby of the other. */
  readonly mayFollow: boolean
}

/** Pure. */
export function reasonNotToStart(
  peer: string,
  other: Word,
  { cluster, greenplum, platform }: Pick<Config, 'cluster' | 'greenplum' | 'platform'>,
): NotToStart | undefined {
  const { start } = adviceFor(platform)
  const refuse = (text: string, fix: string, mayFollow = false): NotToStart => ({
    finding: finding('volume.replaced', { text, fix, where: greenplum.coordinatorDirectory }),
    mayFollow,
  })
  if ('failure' in other)
    return refuse(
      `${peer} is there, but does not say whether it has the coordinator: ${other.failure}`,
      `both hosts need the same image and the keys for ssh; where there is no standby, set CLUSTER_STANDBY=0; then: ${start}`,
    )
  if (other.promoted === 'master' && other.term > cluster.term)
    return refuse(
      `the standby on ${peer} was promoted: the coordinator is there now, and the data here is behind it`,
      cluster.recovery === 'auto'
        ? `start this container again (a restart policy does this): it becomes the standby; its former data is kept in ${stateDirectory(greenplum.dataDirectory)}`
        : `with CLUSTER_RECOVERY=auto this host becomes the standby: ${start}`,
      true,
    )
  if (other.promoted === 'master' && other.term === cluster.term)
    return refuse(
      `${peer} was promoted, and so was this host, as often`,
      `decide which of the two is behind, move its ${greenplum.coordinatorDirectory} away, and set "deployment": "standby" in its .gp-supervisor/role.json; then: ${start}`,
    )
  if (other.coordinator !== 'none' && other.term === cluster.term)
    return refuse(
      `the standby on ${peer} was promoted, but not with gp-supervisor promote, or that was interrupted`,
      `to keep the coordinator there, run gp-supervisor promote on ${peer}, then start this container again: ${start}`,
    )
  if (other.coordinator === 'runs')
    return refuse(
      `${peer} runs a coordinator, although this host ${other.term < cluster.term ? 'was promoted in its place' : 'has it by its own record'}`,
      `stop the container on ${peer}, then start this one: ${start}; and then that on ${peer}, which becomes the standby`,
    )
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
