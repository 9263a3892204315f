/**
 * Verifies that data can be read: runs READY_SQL once everything that it depends on is ready, rarely after a success, and
 * more often while it fails. Dependencies that are not ready are reported as such, so any other reason here concerns the
 * data path itself.
 */
import { checkDataPath } from '../../data-path/check.ts'
import { explainDataPath } from '../../data-path/explain.ts'
import { adviceFor } from '../../findings/advice.ts'
import { sentenceOf } from '../../findings/finding.ts'
import type { Config } from '../../config/config.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { isReady } from '../../health/components.ts'
import { logFinding } from '../../logging/finding.ts'
import { sleep } from '../../time.ts'
import { disabled, onCoordinator, type Part, type PartRun } from '../part.ts'

const after = ['gpdb', 'extensions', 'protocols', 'sql', 'pxf']

export const data: Part = {
  name: 'data',
  after,
  begins: (config) =>
    config.readySql === undefined
      ? disabled('READY_SQL is not set')
      : onCoordinator(config, 'waiting for the database, PXF and the tables'),
  create: (run) => ({ serve: (target, signal) => watch(run, target, signal) }),
}

/** How soon a change of a dependency is noticed. It costs no session. */
const lookEveryMs = 100
/** Pause between attempts while it fails: doubled from the first up to the last. */
const firstPauseMs = 1000
const lastPauseMs = 30_000

async function watch(run: PartRun, target: SessionTarget, signal: AbortSignal): Promise<void> {
  const { readySql } = run.config
  if (readySql === undefined || run.status().state === 'disabled') return
  let failures = 0
  let nextAt = 0
  while (!signal.aborted) {
    const missing = after.filter((name) => !isReady(run.status(name)))
    if (missing.length > 0) {
      waitFor(run, missing)
      // Whatever changed may also have changed the result.
      nextAt = 0
    } else if (performance.now() >= nextAt) {
      const database = { ...target, database: readySql.database }
      failures = (await ask(run, { readySql, target: database, attempts: failures + 1 }, signal))
        ? 0
        : failures + 1
      const pause = Math.min(firstPauseMs * 2 ** (failures - 1), lastPauseMs)
      nextAt = performance.now() + (failures === 0 ? readySql.intervalMs : pause)
    }
    await sleep(lookEveryMs, signal)
  }
}

function waitFor({ report, status }: PartRun, missing: readonly string[]): void {
  const reason = `waiting for ${missing.join(', ')}`
  const { state, reason: before } = status()
  if (state !== 'pending' || before !== reason) report({ state: 'pending', reason })
}

interface Question {
  readonly readySql: NonNullable<Config['readySql']>
  readonly target: SessionTarget
  readonly attempts: number
}

/** @returns whether a row was returned */
async function ask(
  { config, report, status, logger }: PartRun,
  { readySql, target, attempts }: Question,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await checkDataPath(target, readySql, signal)
    report({ state: 'ready', attempts })
    return true
  } catch (error) {
    if (signal.aborted) return false
    const where = `READY_SQL in ${readySql.database}`
    const found = explainDataPath(error, where, adviceFor(config.platform))
    const reason = `${where}: ${sentenceOf(found)}`
    const isNews = status().reason !== reason
    report({ state: 'failed', reason, attempts, finding: found })
    if (isNews) logFinding(logger, found)
    return false
  }
}
