/**
 * The proof that data can be read: READY_SQL, asked once everything that it rests on is ready, from then on rarely,
 * and while it fails again and again. What it rests on is waited for under its own name, so that a reason here is
 * always about the path of the data itself.
 */
import { checkDataPath } from '../../data-path/check.ts'
import { explainDataPath } from '../../data-path/explain.ts'
import { adviceFor } from '../../findings/advice.ts'
import { sentenceOf } from '../../findings/finding.ts'
import { isReady, type ComponentName } from '../../health/components.ts'
import { logFinding } from '../../logging/finding.ts'
import { sleep } from '../../time.ts'
import type { ConfigurePorts } from './ports.ts'

const restsOn: readonly ComponentName[] = ['gpdb', 'extensions', 'protocols', 'sql', 'pxf']
/** How soon a change of what it rests on is noticed. */
const lookEveryMs = 500
/** Between two tries while it fails: the first, doubled up to the last. */
const firstPauseMs = 1000
const lastPauseMs = 30_000

export async function watchDataPath(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { config, board } = ports
  if (config.readySql === undefined || board.components().data.state === 'disabled') return
  let failures = 0
  let nextAt = 0
  while (!signal.aborted) {
    const missing = restsOn.filter((name) => !isReady(board.components()[name]))
    if (missing.length > 0) {
      waitFor(ports, missing)
      // Whatever it is, it may have changed the answer.
      nextAt = 0
    } else if (performance.now() >= nextAt) {
      failures = (await ask(ports, config.readySql, { signal, attempts: failures + 1 })) ? 0 : failures + 1
      const pause = Math.min(firstPauseMs * 2 ** (failures - 1), lastPauseMs)
      nextAt = performance.now() + (failures === 0 ? config.readySql.intervalMs : pause)
    }
    await sleep(lookEveryMs, signal)
  }
}

function waitFor({ board }: ConfigurePorts, missing: readonly ComponentName[]): void {
  const reason = `waits for ${missing.join(', ')}`
  const { state, reason: before } = board.components().data
  if (state !== 'pending' || before !== reason) board.report('data', { state: 'pending', reason })
}

type ReadySql = NonNullable<ConfigurePorts['config']['readySql']>

/** @returns whether a row came */
async function ask(
  { board, config, logger, target }: ConfigurePorts,
  readySql: ReadySql,
  { signal, attempts }: { readonly signal: AbortSignal; readonly attempts: number },
): Promise<boolean> {
  try {
    await checkDataPath({ ...target, database: readySql.database }, readySql, signal)
    board.report('data', { state: 'ready', attempts })
    return true
  } catch (error) {
    if (signal.aborted) return false
    const where = `READY_SQL in ${readySql.database}`
    const found = explainDataPath(error, where, adviceFor(config.platform))
    const reason = `${where}: ${sentenceOf(found)}`
    const isNews = board.components().data.reason !== reason
    board.report('data', { state: 'failed', reason, attempts, finding: found })
    if (isNews) logFinding(logger, found)
    return false
  }
}
