/** What the volume is to this start: empty, an existing cluster, or what an interrupted first start left behind. */
import { readdir } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import { exitCodes } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import { FindingError } from '../../findings/error.ts'
import { finding, sentenceOf, type Finding } from '../../findings/finding.ts'
import { clearStaleSockets } from '../../greenplum/stale-sockets.ts'
import type { Logger } from '../../logging/logger.ts'
import { observeVolume } from '../../volume/observe.ts'
import { planVolume } from '../../volume/start-plan.ts'
import { moveAside, writeMarker } from '../../volume/state.ts'
import type { PartRun } from '../part.ts'

export interface VolumeStart {
  /** gpinitsystem will run; nobody has data on this volume yet. */
  readonly firstStart: boolean
  /** An earlier first start was cut off before it had set the password. */
  readonly passwordPending: boolean
  /** An earlier first start was cut off before its custom init scripts were finished; no later start runs them. */
  readonly scriptsUnfinished: boolean
}

/** @throws SupervisorError for a volume on which no start can go well */
export async function prepareVolume({
  config,
  logger,
  note,
}: Pick<PartRun, 'config' | 'logger' | 'note'>): Promise<VolumeStart> {
  const { dataDirectory, deployment, initScriptsDirectory } = config.greenplum
  const nothingPending = { passwordPending: false, scriptsUnfinished: false }
  // Only the coordinator makes a cluster; a segment's host is filled by it over ssh.
  if (deployment === 'segment' || deployment === 'standby') return { firstStart: false, ...nothingPending }
  const plan = planVolume(await observeVolume(config.greenplum))
  switch (plan.kind) {
    case 'later-start': {
      for (const found of plan.notes) note(found)
      const scriptsUnfinished = plan.scriptsUnfinished && (await hasEntries(initScriptsDirectory))
      if (scriptsUnfinished) note(scriptsFinding(config))
      return { firstStart: false, passwordPending: plan.passwordPending, scriptsUnfinished }
    }
    case 'refuse':
      note(plan.finding)
      throw volumeError(plan.finding)
    case 'move-aside':
      await clearInterrupted(dataDirectory, logger)
      break
    case 'first-start':
      logger.info('the volume is empty: this is a first start', { dataDirectory })
  }
  await writeMarker(dataDirectory, 'initializing', now())
  return { firstStart: true, ...nothingPending }
}

/** At every start, until somebody says that it is fixed. */
function scriptsFinding({ greenplum, platform }: Config): Finding {
  const { initScriptsDirectory, dataDirectory } = greenplum
  return finding('volume.init-scripts', {
    text: `the first start ended while the scripts in ${initScriptsDirectory} were not finished`,
    cause: 'no later start runs them',
    fix:
      `run them by hand, then delete ${dataDirectory}/.gp-supervisor/volume.json; ` +
      `or, where nothing is in the database yet, start over: ${adviceFor(platform).deleteVolume}`,
    where: initScriptsDirectory,
  })
}

export async function hasEntries(directory: string): Promise<boolean> {
  return (await readdir(directory).catch(() => [])).length > 0
}

async function clearInterrupted(dataDirectory: string, logger: Logger): Promise<void> {
  // While the directories still tell which sockets were theirs.
  const sockets = await clearStaleSockets(dataDirectory)
  if (sockets.length > 0) logger.info('sockets of killed servers were removed', { sockets })
  const { to, moved } = await moveAside(dataDirectory, now())
  if (moved.length === 0)
    logger.warn('a first start was interrupted before it made anything; it begins again', { dataDirectory })
  else
    logger.warn('a first start was interrupted; its directories were moved aside and it begins again', {
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
