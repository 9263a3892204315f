/** Determines what the volume holds: nothing, an existing cluster, or the remains of an interrupted first start. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../atomic-file.ts'
import type { Config } from '../../config/config.ts'
import { isCoordinator, leadsOtherHosts } from '../../config/role.ts'
import { SupervisorError, exitCodes, reasonOf, unlessAbsent } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { FindingError } from '../../findings/error.ts'
import { finding, sentenceOf, type Finding } from '../../findings/finding.ts'
import { clearStaleSockets } from '../../greenplum/stale-sockets.ts'
import { gpinitsystemConfig, hostFile, hostFileName } from '../../image/cluster-files.ts'
import type { Logger } from '../../logging/logger.ts'
import { observeVolume } from '../../volume/observe.ts'
import { planVolume } from '../../volume/start-plan.ts'
import { moveAside, stagingDirectory, writeMarker } from '../../volume/state.ts'
import type { PartRun } from '../part.ts'

export interface VolumeStart {
  /** gpinitsystem will run; there is no data on this volume yet. */
  readonly firstStart: boolean
  /** The start script will run custom init scripts. */
  readonly hasInitScripts: boolean
  /** An earlier first start was interrupted before it set the password. */
  readonly passwordPending: boolean
  /** An earlier first start was interrupted before its custom init scripts finished; no later start runs them. */
  readonly scriptsUnfinished: boolean
}

/** @throws SupervisorError for a volume on which no start can succeed */
export async function prepareVolume({
  config,
  logger,
  note,
}: Pick<PartRun, 'config' | 'logger' | 'note'>): Promise<VolumeStart> {
  const { dataDirectory, initScriptsDirectory } = config.greenplum
  const nothingPending = { hasInitScripts: false, passwordPending: false, scriptsUnfinished: false }
  // Only the coordinator creates a cluster; it fills the hosts of segments over ssh.
  if (!isCoordinator(config.greenplum)) return { firstStart: false, ...nothingPending }
  // A standby that was promoted has never had them, and the start script needs them at every start.
  if (config.cluster.term > 1) await writeClusterFiles(config)
  const plan = planVolume(await observeVolume(config.greenplum))
  switch (plan.kind) {
    case 'later-start': {
      for (const found of plan.notes) note(found)
      const scriptsUnfinished = plan.scriptsUnfinished && (await mayHaveEntries(initScriptsDirectory))
      if (scriptsUnfinished) note(scriptsFinding(config))
      const { passwordPending } = plan
      return { firstStart: false, hasInitScripts: false, passwordPending, scriptsUnfinished }
    }
    case 'refuse':
      note(plan.finding)
      throw volumeError(plan.finding)
    case 'move-aside':
      await clearInterrupted(config.greenplum, logger)
      break
    case 'first-start':
      logger.info('the volume is empty: this is a first start', { dataDirectory })
  }
  const hasInitScripts = await hasEntries(initScriptsDirectory)
  await writeMarker(dataDirectory, 'initializing', now())
  await writeClusterFiles(config)
  return { firstStart: true, ...nothingPending, hasInitScripts }
}

/** What gpinitsystem reads. The start script replaces them by files that are mounted for it. */
async function writeClusterFiles({ cluster, greenplum }: Config): Promise<void> {
  if (!leadsOtherHosts(greenplum) || cluster.segmentHosts.length === 0) return
  const { database, dataDirectory, profile, segmentPrefix } = greenplum
  const { coordinatorPort: port, coordinatorTitle: title, layout } = profile
  const { coordinatorFolder, initFile } = layout
  const { hostname } = cluster
  const names = { hostname, database, dataDirectory, segmentPrefix, coordinatorFolder, port, title }
  await replaceFile(join(dataDirectory, initFile), gpinitsystemConfig(cluster, names), { mode: 0o644 })
  await replaceFile(join(dataDirectory, hostFileName), hostFile(cluster), { mode: 0o644 })
}

/** Reported at every start until the marker is deleted. */
function scriptsFinding({ greenplum, platform }: Config): Finding {
  const { initScriptsDirectory, dataDirectory } = greenplum
  return finding('volume.init-scripts', {
    text: `the first start ended before the scripts in ${initScriptsDirectory} had finished`,
    cause: 'later starts do not run them',
    fix:
      `run them by hand, then delete ${dataDirectory}/.gp-supervisor/volume.json; ` +
      `or, if the database holds nothing yet, start over: ${adviceFor(platform).deleteVolume}`,
    where: initScriptsDirectory,
  })
}

/** @throws if this cannot be determined: the start script would silently skip the scripts */
async function hasEntries(directory: string): Promise<boolean> {
  try {
    return ((await unlessAbsent(readdir(directory))) ?? []).length > 0
  } catch (error) {
    throw new SupervisorError(
      `cannot read the folder of custom init scripts: ${reasonOf(error)}; make ${directory} readable for the administrator`,
      { code: 'init-scripts', exitCode: exitCodes.configuration, cause: error },
    )
  }
}

/** A later start runs none, so it goes on without an answer. */
const mayHaveEntries = (directory: string): Promise<boolean> => hasEntries(directory).catch(() => true)

async function clearInterrupted(config: Config['greenplum'], logger: Logger): Promise<void> {
  const { dataDirectory } = config
  // Before the directories are moved, because they show which sockets were theirs.
  const sockets = await clearStaleSockets(config)
  // What an interrupted adoption left has never been a cluster.
  await rm(stagingDirectory(dataDirectory), { recursive: true, force: true })
  if (sockets.length > 0) logger.info('sockets of killed servers were removed', { sockets })
  const { to, moved } = await moveAside(config, now())
  if (moved.length === 0)
    logger.warn('a first start was interrupted before it created anything; starting over', { dataDirectory })
  else
    logger.warn('a first start was interrupted; its directories were moved aside; starting over', {
      to,
      moved,
    })
}

const volumeError = (reason: Finding) =>
  new FindingError(`cannot use the volume: ${sentenceOf(reason)}`, reason, {
    code: 'volume',
    exitCode: exitCodes.configuration,
  })

const now = () => new Date().toISOString()
