/**
 * `promote`: makes the standby of this host the coordinator, once the coordinator's host is certainly stopped. A person
 * decides that; see docs/how-to/run-several-hosts.md. What was done before an interruption is not done again.
 */
import { runTool } from '../children/tool.ts'
import { observePlace, type CoordinatorPlace } from '../cluster/standby-place.ts'
import { accepts, sshPort } from '../cluster/reach.ts'
import type { Config } from '../config/config.ts'
import { asFile, hostRoleName } from '../config/host-role.ts'
import { SupervisorError, exitCodes } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { stopEnvironment } from '../greenplum/shutdown.ts'
import { writeMarker, writeState } from '../volume/state.ts'
import type { BecomeAdministrator, CommandContext } from './command.ts'

export interface PromoteContext extends CommandContext {
  readonly becomeAdministrator: BecomeAdministrator
}

/** Crash recovery and the change of the catalog. */
const timeoutMs = 30 * 60_000

/** @throws SupervisorError with the reason, and then nothing was changed, or gpactivatestandby says what was */
export async function promote(context: PromoteContext, isForced: boolean): Promise<number> {
  const { becomeAdministrator, config, environment, print } = context
  const { greenplum, cluster } = config
  const stillRoot = await becomeAdministrator(greenplum.user, greenplum.dataDirectory)
  if (stillRoot !== undefined) throw cannot(stillRoot)
  const place = await observePlace(greenplum)
  const { peer } = cluster
  const refusal = reasonAgainst({
    config,
    place,
    isForced,
    peerAnswers: peer !== undefined && (await answers(peer, greenplum.profile.coordinatorPort)),
  })
  if (refusal !== undefined) throw cannot(refusal)
  if (place.follows) {
    print(`promoting the standby in ${place.directory}; this may take minutes`)
    const toolEnvironment = stopEnvironment(await readToolEnvironment(environment), config)
    const { failure } = await runTool({
      command: 'gpactivatestandby',
      arguments: ['-a', '-d', place.directory, ...(isForced ? ['-f'] : [])],
      environment: { ...toolEnvironment, PGPORT: `${greenplum.profile.coordinatorPort}` },
      timeoutMs,
    })
    if (failure !== '') throw cannot(failure)
  }
  const since = new Date().toISOString()
  const term = cluster.term + 1
  // A coordinator that finds no data here later must not take the volume for a new one.
  await writeMarker(greenplum.dataDirectory, 'initialized', since)
  await writeState(greenplum.dataDirectory, hostRoleName, asFile({ deployment: 'master', term, since }))
  print(
    `the standby is the coordinator now. Restart this container, so that it works as one: ${adviceFor(config.platform).restart}`,
  )
  print(
    `Until then nothing but the database runs here. ${peer ?? 'The former coordinator'} becomes the standby at its next start.`,
  )
  return exitCodes.clean
}

const answers = async (host: string, coordinatorPort: number): Promise<boolean> =>
  (await Promise.all([coordinatorPort, sshPort].map((port) => accepts({ host, port })))).includes(true)

const cannot = (reason: string): SupervisorError =>
  new SupervisorError(`cannot promote the standby: ${reason}`, {
    code: 'promote',
    exitCode: exitCodes.configuration,
  })

export interface Seen {
  readonly config: Pick<Config, 'cluster' | 'greenplum'>
  readonly place: CoordinatorPlace
  /** Something on the other host of the coordinator does. */
  readonly peerAnswers: boolean
  readonly isForced: boolean
}

/** Pure. @returns undefined where nothing speaks against it */
export function reasonAgainst({ config, place, peerAnswers, isForced }: Seen): string | undefined {
  const { deployment } = config.greenplum
  const { peer } = config.cluster
  if (deployment !== 'standby') return `this host is a ${deployment}; run this on the host of the standby`
  if (peer === undefined)
    return 'it is not known which coordinator has to be stopped: CLUSTER_COORDINATOR_HOSTS is not set, or CLUSTER_STANDBY is 0'
  if (peerAnswers)
    return `${peer} still answers; stop its container first, because two coordinators must never write`
  if (!place.isServer || (place.isCopy && !place.follows))
    return `there is no complete standby in ${place.directory}`
  // Promoted already, by hand or in an attempt that was interrupted.
  if (!place.follows || isForced || place.postmaster === 'alive') return undefined
  return `the standby in ${place.directory} does not run, so it may be behind; with --force it is promoted as it is, and what it has not received is lost`
}
