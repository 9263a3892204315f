/** PXF next to the database. Whatever goes wrong with it, the database stays up (docs/base-image.md, trap 4). */
import { join } from 'node:path'
import { reasonOf } from '../../errors.ts'
import { adviceFor } from '../../findings/advice.ts'
import type { ComponentChange } from '../../health/components.ts'
import { readActuator } from '../../pxf/actuator.ts'
import { causeIn } from '../../pxf/cause.ts'
import { pxfMetrics } from '../../pxf/metrics.ts'
import { runPxf, stopPxf, watchPxf, type PxfPorts } from '../../pxf/service.ts'
import { readIfFile } from '../../regular-file.ts'
import {
  disabled,
  nothingToVerify,
  pending,
  withoutPxf,
  type Part,
  type PartRun,
  type Work,
} from '../part.ts'

export const pxf: Part = {
  name: 'pxf',
  after: ['seed'],
  begins: (config) => (config.pxf.enabled ? pending('waiting for the seed') : disabled(withoutPxf(config))),
  counters: {
    pxfRestarts: { metric: 'pxf_restarts', help: 'How often PXF was started again in this run.' },
  },
  create,
}

function create(run: PartRun): Work {
  const { config, loggers, runTool, toolEnvironment } = run
  if (!config.pxf.enabled) return {}
  const report = (change: ComponentChange) => {
    if (change.state === 'starting' && (change.attempts ?? 1) > 1) run.count('pxfRestarts')
    run.report(change)
  }
  const place = { ...config.pxf, user: config.greenplum.user, advice: adviceFor(config.platform) }
  const explain = (words: string) => causeIn(words, place)
  const ports: PxfPorts = {
    config: config.pxf,
    toolEnvironment,
    runTool,
    logger: loggers('pxf'),
    report,
    explain,
  }
  return {
    prepare: async () => {
      const version = (await readIfFile(join(config.pxf.home, 'version')).catch(() => undefined))?.trim()
      if (version !== undefined) run.learn({ versions: { pxfService: version } })
      // Then the start of PXF is not retried in this run either.
      if (run.status('seed').state === 'failed')
        report({
          state: 'failed',
          reason: 'not started: PXF_BASE could not be seeded, see component seed',
          final: true,
        })
    },
    run: (signal) => service(ports, run, signal),
    metrics: async (signal) =>
      run.status().state === 'ready'
        ? pxfMetrics(await readActuator(config.pxf.port, '/actuator/prometheus', signal))
        : [],
    stop: async ({ leftMs, hurry }) => {
      const failure = await stopPxf(ports, leftMs(), hurry).catch((error: unknown) => reasonOf(error))
      if (failure !== '') run.logger.warn('PXF did not stop cleanly', { failure })
      return nothingToVerify
    },
  }
}

async function service(ports: PxfPorts, { status }: PartRun, signal: AbortSignal): Promise<void> {
  const { state, reason } = status()
  try {
    await (state === 'failed' ? watchPxf(ports, reason, signal) : runPxf(ports, signal))
  } catch (error) {
    ports.logger.error('PXF is no longer supervised; restart the container', { reason: reasonOf(error) })
    ports.report({ state: 'failed', reason: `internal error: ${reasonOf(error)}`, final: true })
  }
}
