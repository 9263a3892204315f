/** Greenplum itself: the volume, the start script, the watch over all servers, the verified shutdown. */
import { statfs } from 'node:fs/promises'
import { describeExit, type ChildExit } from '../../children/child.ts'
import type { Config } from '../../config/config.ts'
import { isCoordinator } from '../../config/role.ts'
import { reasonOf } from '../../errors.ts'
import { startScriptEnvironment } from '../../greenplum/environment.ts'
import { isStartedByRoot, readProcess } from '../../greenplum/processes.ts'
import { observeServers } from '../../greenplum/readiness.ts'
import { shutDownGreenplum, stopEnvironment, type StopBudget } from '../../greenplum/shutdown.ts'
import { stageText, type Stage } from '../../greenplum/stages.ts'
import { runStartScript, type StartScript, type StartScriptPorts } from '../../greenplum/start-script.ts'
import { startKindAfter, type StartKind } from '../../greenplum/start-kind.ts'
import { gauge, single, type Family } from '../../health/exposition.ts'
import { segmentArguments } from '../../image/cluster-files.ts'
import { usualToolEnvironment } from '../../image/profile.ts'
import { pending, type Part, type PartRun, type StopReport, type Work } from '../part.ts'
import { createFirstStart, type FirstStart } from './first-start.ts'
import { reconcilePassword } from './password.ts'
import { yieldToPromoted } from './replaced.ts'
import { createServerList } from './server-list.ts'
import { prepareVolume, type VolumeStart } from './volume.ts'
import { watchDatabase } from './watch.ts'

export const gpdb: Part = {
  name: 'gpdb',
  after: [],
  begins: () => pending('the start script has not been started yet'),
  create,
}

/** To read what is left in the script's pipe. */
const drainMs = 500

function create(run: PartRun): Work {
  let volume: VolumeStart | undefined
  let firstStart: FirstStart | undefined
  let script: StartScript | undefined
  const servers = createServerList(run)

  async function start(signal: AbortSignal): Promise<void> {
    const own = await readProcess(run.pid)
    if (volume === undefined || signal.aborted) return
    const { hasInitScripts } = volume
    const started = createFirstStart(run.config.greenplum, volume, run)
    firstStart = started
    script = launch(run, started, volume)
    const { stage } = script
    await watchDatabase(
      {
        config: run.config.greenplum,
        stage,
        firstStart: volume.firstStart,
        hasInitScripts,
        notBeforeTicks: own?.startTicks ?? 0,
        report: run.report,
        onServers: servers.see,
        rememberServing: started.rememberServing,
        finishFirstStart: (target) => started.finish(target, signal),
        onServing: (first) => {
          if (first === undefined) return run.raise({ type: 'database-accepting' })
          run.learn({ versions: { greenplum: first.version } })
          run.raise({ type: 'database-accepting', target: first.target })
        },
        onDied: (text) => run.raise({ type: 'database-died', text }),
        onMove: run.moved,
      },
      signal,
    )
  }

  return {
    prepare: async () => {
      await yieldToPromoted(run)
      volume = await prepareVolume(run)
      if (!isCoordinator(run.config.greenplum)) run.learn({ start: 'segment-host' })
    },
    run: start,
    reconcile: async ({ target, isFirst }, signal) => {
      if (!isFirst) return 'unchanged'
      const password = reconcilePassword(run, target, signal)
      // Later verification uses the password, so it must be set by then.
      return run.config.greenplum.passwordSync ? password : 'unchanged'
    },
    metrics: () => diskSpace(run.config.greenplum.dataDirectory),
    stop: async (budget) => {
      const report = await shutDown(run, script, budget)
      await observeServers(run.config.greenplum).then(servers.see, () => {})
      const isUnfinished = (await firstStart?.isUnfinished()) ?? volume?.firstStart ?? false
      await script?.drain(drainMs)
      return { ...report, proven: isProven(report, isUnfinished, run), firstStartUnfinished: isUnfinished }
    },
  }
}

/** @throws if the file system cannot be asked */
async function diskSpace(directory: string): Promise<Family[]> {
  const { bavail, blocks, bsize } = await statfs(directory)
  return [
    gauge('volume_size_bytes', 'Size of the file system of the data volume.', single(blocks * bsize)),
    gauge('volume_free_bytes', 'What the servers may still write there.', single(bavail * bsize)),
  ]
}

const withoutSshd =
  '; the container was not started as root, so it has no sshd, which gpinitsystem and gpstart need'

function launch(
  run: PartRun,
  { scriptPassword, stageReached }: FirstStart,
  { firstStart, hasInitScripts }: VolumeStart,
) {
  const { config, environment, learn, loggers, mark, prelude, raise, report, scriptArguments, sink } = run
  const { startScript: command } = config.greenplum
  const given = { ...environment, ...scriptPassword(hasInitScripts) }
  const onStage = (stage: Stage) => {
    mark(`stage ${stage}`)
    stageReached(stage)
  }
  let known: StartKind | undefined
  const onToolLine: StartScriptPorts['onToolLine'] = (line) => {
    const start = startKindAfter(firstStart, line)
    if (start === undefined || start === known) return
    known = start
    learn({ start })
  }
  const script = runStartScript(
    {
      command,
      arguments: argumentsOf(config, scriptArguments),
      environment: { ...startScriptEnvironment(given, config), ...prelude },
    },
    { loggers, sink, onStage, onToolLine, stageLines: config.greenplum.profile.stageLines },
  )
  mark('start script runs')
  report({ state: 'starting', reason: 'the start script is running' })
  const describe = (end: ChildExit) =>
    `${command} exited on its own: ${describeExit(end)} (last stage: ${stageText[script.stage()]})${isStartedByRoot() ? '' : withoutSshd}`
  void script.exited.then((end) => raise({ type: 'script-exited', text: describe(end) }))
  return script
}

/** The folders of a segment host, unless they are given. A standby has none, but the script wants one. */
function argumentsOf({ cluster, greenplum }: Config, given: readonly string[]): readonly string[] {
  if (given.length > 0) return given
  if (greenplum.deployment === 'standby')
    return segmentArguments({ segmentsPerHost: 1, mirrors: false }).slice(0, 1)
  return greenplum.deployment === 'segment' ? segmentArguments(cluster) : given
}

async function shutDown(
  { config, logger, loggers, runTool, toolEnvironment }: PartRun,
  script: StartScript | undefined,
  budget: StopBudget,
) {
  const bashrc = await toolEnvironment().catch((error: unknown) => {
    logger.warn('the tools for the stop are taken from the default location of Greenplum', {
      reason: reasonOf(error),
    })
    return usualToolEnvironment(config.greenplum.profile)
  })
  return shutDownGreenplum(script, budget, {
    config: config.greenplum,
    toolEnvironment: stopEnvironment(bashrc, config),
    runTool,
    logger: loggers('gp-tool'),
  })
}

/** If there must be a cluster, finding no server verifies nothing. */
function isProven(
  report: Pick<StopReport, 'proven' | 'directories'>,
  firstStartUnfinished: boolean,
  { config }: PartRun,
): boolean {
  const mayHaveNone = firstStartUnfinished || !isCoordinator(config.greenplum)
  return report.proven && (report.directories.length > 0 || mayHaveNone)
}
