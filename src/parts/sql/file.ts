/** Applies one SQL file of the image, and reports its state. */
import type { Config } from '../../config/config.ts'
import { SupervisorError, exitCodes, reasonOf } from '../../errors.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import type { ComponentEntry } from '../../health/components.ts'
import { applySqlFile } from '../../sql/apply.ts'
import { faultLines, type SqlFile } from '../../sql/files.ts'
import { seconds } from '../../time.ts'
import { withoutPxf, type PartRun } from '../part.ts'
import { retried } from '../retried.ts'

interface Try {
  /** The coordinator, with the database of the files. */
  readonly target: SessionTarget
  readonly signal: AbortSignal
  /** The first round retries transient errors; a later one leaves that to the next round, which follows soon. */
  readonly isFirst: boolean
  readonly reportNow: (now: ComponentEntry, reason: string) => void
}

export interface Applied {
  readonly entry: ComponentEntry
  readonly changed: boolean
}

export async function applyOne(
  file: SqlFile,
  { config, logger }: Pick<PartRun, 'config' | 'logger'>,
  { target, signal, isFirst, reportNow }: Try,
): Promise<Applied> {
  const began = performance.now()
  const once = () => applySqlFile(file, target, { statementTimeoutMs: config.sql.statementTimeoutMs, signal })
  const again = ({ message }: Error) => {
    logger.warn('SQL file failed; retrying', { file: file.name, reason: message })
    reportNow(entry(file, 'starting', message), `retrying: ${message}`)
  }
  reportNow(entry(file, 'starting', ''), `applying ${file.name}`)
  try {
    const applied = isFirst ? await retried(once, signal, again) : await once()
    if (applied.outcome === 'unchanged')
      return { entry: leftUnchanged(file, applied.appliedAt, { logger }), changed: false }
    const what = `${applied.statements} statements in ${seconds(performance.now() - began)}`
    logger.info('SQL file applied', { file: file.name, what })
    return { entry: entry(file, 'ready', what), changed: true }
  } catch (error) {
    return { entry: entry(file, 'failed', reasonOf(error)), changed: false }
  }
}

export function leftUnchanged(
  file: SqlFile,
  appliedAt: string,
  { logger }: Pick<PartRun, 'logger'>,
): ComponentEntry {
  const what = `unchanged since it was applied at ${appliedAt}`
  logger.debug('SQL file unchanged', { file: file.name, what })
  return entry(file, 'ready', what)
}

/** Marks the files after a failed one, which may depend on it. */
export function holdBack(files: readonly SqlFile[], entries: ComponentEntry[], failed: number): void {
  for (const [index, file] of files.entries()) {
    if (index > failed && entries[index]?.state === 'pending')
      entries[index] = entry(file, 'pending', `not applied: ${files[failed]?.name} failed`)
  }
}

export const keyOf = ({ name, sha256 }: SqlFile): string => `${name} ${sha256}`

export function initialEntry(file: SqlFile, config: Config): ComponentEntry {
  if (file.faults.length > 0) return refused(file)
  if (file.needsPxf && !config.pxf.enabled)
    return entry(file, 'disabled', `it needs PXF, but ${withoutPxf(config)}`)
  return entry(file, 'pending', 'waiting for its turn')
}

export const refused = (file: SqlFile): ComponentEntry => entry(file, 'failed', faultLines(file).join('; '))

export const entry = ({ name }: SqlFile, state: ComponentEntry['state'], reason: string): ComponentEntry => ({
  name,
  state,
  at: new Date().toISOString(),
  reason,
})

export const fatal = (reason: string): SupervisorError =>
  new SupervisorError(`${reason} (SQL_ON_ERROR=fatal)`, {
    code: 'sql',
    exitCode: exitCodes.configuration,
  })
