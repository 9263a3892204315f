/**
 * Everything before the first child: the volume is locked, an interrupted first start is moved aside, PXF_BASE
 * is seeded, pg_hba.conf of an existing cluster is put right. What makes a start impossible throws; what only
 * PXF needs is reported and leaves the database its chance.
 */
import { readdir } from 'node:fs/promises'
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import { FindingError, findingIn } from '../findings/error.ts'
import { finding, sentenceOf, type Finding } from '../findings/finding.ts'
import { clearStaleSockets } from '../greenplum/stale-sockets.ts'
import { hbaPath, reconcileHbaFile } from '../hba/reconcile.ts'
import { logFinding } from '../logging/finding.ts'
import type { Logger } from '../logging/logger.ts'
import { judgePlace } from '../preflight/findings.ts'
import { observePlace } from '../preflight/observe.ts'
import type { Libraries } from '../protocols/manifest.ts'
import { heldBackFinding } from '../seeding/faults.ts'
import { driftOf, reconcileSeeds } from '../seeding/reconcile.ts'
import { lockVolume, type VolumeLock } from '../volume/lock.ts'
import { jvmLine } from '../pxf/cause.ts'
import { observeVolume } from '../volume/observe.ts'
import { planVolume } from '../volume/start-plan.ts'
import { previousStopFindings } from '../volume/previous-stop.ts'
import {
  beginRun,
  endRun,
  moveAside,
  writeMarker,
  type LastStop,
  type PreviousStop,
} from '../volume/state.ts'
import type { Board } from './board.ts'
import { prepareProtocols } from './configure/protocols.ts'
import { prepareSql } from './configure/sql.ts'

export interface Prepared {
  readonly lock: VolumeLock
  /** gpinitsystem will run; nobody has data on this volume yet. */
  readonly firstStart: boolean
  /** An earlier first start was cut off before it had set the password. */
  readonly passwordPending: boolean
  /** An earlier first start was cut off before its custom init scripts were finished; no later start runs them. */
  readonly scriptsUnfinished: boolean
  /** PXF_BASE is as PXF needs it. */
  readonly seeded: boolean
  /** Custom protocols and formats that the image brings. */
  readonly libraries: Libraries
}

export interface PreparePorts {
  readonly config: Config
  readonly environment: Environment
  readonly board: Board
  readonly logger: Logger
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
}

export async function prepare(ports: PreparePorts): Promise<Prepared> {
  const { config, board, logger } = ports
  const { dataDirectory } = config.greenplum
  await preflight(ports)
  const lock = await lockVolume(dataDirectory, () =>
    logger.error('the lock of the volume is lost (its holder was ended): restart the container', {
      dataDirectory,
    }),
  )
  if (!lock.held)
    logger.warn('nothing guards the volume against a second container: `flock` is not installed')
  try {
    const previousStop = await beginRun(dataDirectory, now())
    board.learn({ previousStop })
    tellPreviousStop(previousStop, ports)
    const { firstStart, passwordPending, scriptsUnfinished } = await prepareVolume(ports)
    if (!firstStart) await prepareHba(ports)
    const libraries = await prepareProtocols(ports)
    await prepareSql(ports)
    const seeded = config.pxf.enabled && (await prepareSeeds(ports))
    return { lock, firstStart, passwordPending, scriptsUnfinished, seeded, libraries }
  } catch (error) {
    await endRun(dataDirectory, neverRan(error)).catch(() => {})
    await lock.release()
    throw error
  }
}

const now = () => new Date().toISOString()

/** For the next start: this one ended before anything ran, so there is nothing to prove. */
const neverRan = (error: unknown): LastStop => ({
  at: now(),
  reason: reasonOf(error),
  exitCode: error instanceof SupervisorError ? error.exitCode : exitCodes.internal,
  proven: true,
  seconds: 0,
  phase: 'preparing',
  directories: [],
})

/** In the log and on the board. */
function tell({ board, logger }: Pick<PreparePorts, 'board' | 'logger'>, findings: readonly Finding[]): void {
  for (const one of findings) {
    logFinding(logger, one)
    board.note(one)
  }
}

/** @throws FindingError with everything that cannot go well, and what to do about each */
async function preflight(ports: PreparePorts): Promise<void> {
  const { config, toolEnvironment } = ports
  const place = await observePlace(config, await observeVolume(config.greenplum), toolEnvironment)
  const findings = judgePlace(place, adviceFor(config.platform))
  tell(ports, findings)
  const refused = findings.filter(({ severity }) => severity === 'refuse')
  const [first] = refused
  if (first === undefined) return
  throw new FindingError(`cannot start here: ${refused.map(sentenceOf).join('; ')}`, first, {
    code: 'preflight',
    exitCode: exitCodes.configuration,
  })
}

function tellPreviousStop(previous: PreviousStop, ports: PreparePorts): void {
  if (previous.kind === 'stopped' && previous.stop.proven)
    ports.logger.info('the previous run was shut down cleanly', { previous: previous.stop })
  // A run that ended by itself has said so in its last line.
  const found = previousStopFindings(previous, jvmLine, adviceFor(ports.config.platform))
  tell(
    ports,
    found.filter(({ id }) => id !== 'stop.failed'),
  )
}

async function prepareVolume(
  ports: PreparePorts,
): Promise<Pick<Prepared, 'firstStart' | 'passwordPending' | 'scriptsUnfinished'>> {
  const { config, logger } = ports
  const { dataDirectory, deployment, initScriptsDirectory } = config.greenplum
  const nothingPending = { passwordPending: false, scriptsUnfinished: false }
  // Only the coordinator makes a cluster; a segment's host is filled by it over ssh.
  if (deployment === 'segment' || deployment === 'standby') return { firstStart: false, ...nothingPending }
  const plan = planVolume(await observeVolume(config.greenplum))
  switch (plan.kind) {
    case 'later-start': {
      tell(ports, plan.notes)
      const scriptsUnfinished = plan.scriptsUnfinished && (await hasEntries(initScriptsDirectory))
      if (scriptsUnfinished) tell(ports, [scriptsFinding(config)])
      return { firstStart: false, passwordPending: plan.passwordPending, scriptsUnfinished }
    }
    case 'refuse':
      tell(ports, [plan.finding])
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
      `or, where nothing is in the database yet, begin anew: ${adviceFor(platform).deleteVolume}`,
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

async function prepareHba({ config, board, logger }: PreparePorts): Promise<void> {
  if (board.components().hba.state === 'disabled') return
  const path = hbaPath(config.greenplum.coordinatorDirectory)
  try {
    const outcome = await reconcileHbaFile(path, hbaRuleOf(config))
    if (outcome === 'changed') logger.info('pg_hba.conf: rule put in before the start', { path })
  } catch (error) {
    // Tried again once the database is up; it may still start and serve without the rule.
    logger.warn('pg_hba.conf could not be put right before the start', { path, reason: reasonOf(error) })
    board.report('hba', { state: 'pending', reason: reasonOf(error) })
  }
}

export const hbaRuleOf = (config: Config) => ({
  user: config.greenplum.user,
  method: config.hba.samehost === 'md5' ? ('md5' as const) : ('trust' as const),
})

export const seedOptionsOf = (config: Config, environment: Environment) => ({
  seedDir: config.pxf.seedDirectory,
  confSeedDir: config.pxf.confSeedDirectory,
  pxfBase: config.pxf.base,
  mode: config.pxf.seedMode,
  environment,
  jvmOptions: config.pxf.jvmOptions,
})

/** @returns whether PXF may start on what lies in PXF_BASE */
async function prepareSeeds({ config, environment, board, logger }: PreparePorts): Promise<boolean> {
  try {
    const report = await reconcileSeeds(seedOptionsOf(config, environment))
    const drift = driftOf(report)
    tell({ board, logger }, [...report.heldBack.map(heldBackFinding), ...report.warnings])
    const written = report.files.filter(({ action }) => action !== 'none' && action !== 'keep')
    logger.info('PXF_BASE is seeded', {
      outcome: report.outcome,
      written: written.map((file) => file.path),
      backups: report.files.flatMap((file) => (file.backup === undefined ? [] : [file.backup])),
      drift,
    })
    board.learn({ seedDrift: drift })
    board.report('seed', { state: 'ready' })
    return true
  } catch (error) {
    const reason = reasonOf(error)
    logger.error('PXF_BASE could not be seeded; PXF is not started, the database is', { reason })
    // Seeding and the start of PXF are not tried again in this run.
    const fault = findingIn(error)
    board.report('seed', {
      state: 'failed',
      reason,
      final: true,
      ...(fault === undefined ? {} : { finding: fault }),
    })
    const notStarted = 'not started: PXF_BASE could not be seeded, see `seed`'
    board.report('pxf', { state: 'failed', reason: notStarted, final: true })
    return false
  }
}
