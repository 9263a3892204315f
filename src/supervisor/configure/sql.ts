/**
 * The SQL files of the image, one after the other. The first that fails ends the round, because those after it may
 * rest on it; while one is failed, what is not applied yet is tried again, with the files as they are then.
 */
import { SupervisorError, exitCodes, reasonOf } from '../../errors.ts'
import { isCoordinator, worstState, type ComponentEntry } from '../../health/components.ts'
import { applySqlFile, type Applied } from '../../sql/apply.ts'
import { faultLines, readSqlFiles, type SqlFile } from '../../sql/files.ts'
import { seconds } from '../../time.ts'
import { retried, type ConfigurePorts } from './ports.ts'

/** Before the database is up: what is wrong with the files is said at once, all of it. */
export async function prepareSql(ports: Pick<ConfigurePorts, 'config' | 'board' | 'logger'>): Promise<void> {
  const { config, board, logger } = ports
  if (!isCoordinator(config)) return
  const files = await readSqlFiles(config.sql.directory)
  if (files.length === 0) return
  const entries = files.map((file) =>
    file.faults.length > 0 ? refused(file) : entry(file, 'pending', 'waits for the database'),
  )
  const faults = files.flatMap(faultLines)
  if (faults.length === 0)
    return board.report('sql', { state: 'pending', reason: 'waits for the database', entries })
  const reason = `cannot apply what is in ${config.sql.directory}: ${faults.join('; ')}`
  logger.error('SQL files of the image are refused', { faults })
  board.report('sql', { state: 'failed', reason, entries, final: true })
  if (config.sql.onError === 'fatal') throw fatal(reason)
}

/** Later rounds do not wait for what passes by itself: the next one comes soon. */
export type Patience = 'first' | 'later'

/** A round applies what this run has not applied yet. */
export function createSqlRounds(
  ports: ConfigurePorts,
): (signal: AbortSignal, patience: Patience) => Promise<void> {
  const { config, board, logger } = ports
  /** By name and content: a file that was mended under way is another one. */
  const done = new Map<string, ComponentEntry>()
  let attempts = 0
  let told = ''
  return async (signal, patience) => {
    const files = await readSqlFiles(config.sql.directory)
    const entries = files.map((file) => done.get(keyOf(file)) ?? initialEntry(file, config.pxf.enabled))
    attempts++
    for (const [index, file] of files.entries()) {
      const tell = (now: ComponentEntry, reason: string) => {
        entries[index] = now
        // What failed is tried again in silence, until it goes well.
        if (board.components().sql.state === 'failed') return
        board.report('sql', { state: 'starting', reason, attempts, entries: [...entries] })
      }
      if (entries[index]?.state === 'pending')
        entries[index] = await applyOne(file, ports, { signal, patience, tell })
      if (signal.aborted) return
      if (entries[index]?.state === 'ready') done.set(keyOf(file), entries[index])
      if (entries[index]?.state === 'failed') {
        files.slice(index + 1).forEach((later, step) => {
          const place = index + 1 + step
          if (entries[place]?.state === 'pending')
            entries[place] = entry(later, 'pending', `not applied: ${file.name} failed`)
        })
        break
      }
    }
    conclude(entries, files)
  }

  function conclude(entries: readonly ComponentEntry[], files: readonly SqlFile[]): void {
    const failures = entries.filter(({ state }) => state === 'failed').map(({ reason }) => reason)
    const reason = failures.join('; ')
    if (reason !== '' && reason !== told) logger.error('SQL files are not applied', { failures })
    told = reason
    // What is refused stays refused until somebody changes the file.
    const final = files.some(({ faults }) => faults.length > 0) ? { final: true as const } : {}
    board.report('sql', { state: worstState(entries), reason, attempts, entries, ...final })
    if (reason !== '' && config.sql.onError === 'fatal') ports.giveUp(fatal(reason).message)
  }
}

interface Round {
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly tell: (now: ComponentEntry, reason: string) => void
}

async function applyOne(file: SqlFile, ports: ConfigurePorts, round: Round): Promise<ComponentEntry> {
  const { config, logger } = ports
  const { signal, patience, tell } = round
  const target = { ...ports.target, database: config.greenplum.database }
  const began = performance.now()
  const once = () => applySqlFile(file, target, { statementTimeoutMs: config.sql.statementTimeoutMs, signal })
  const again = ({ message }: Error) => {
    logger.warn('SQL file: tried again', { file: file.name, reason: message })
    tell(entry(file, 'starting', message), `tries again: ${message}`)
  }
  tell(entry(file, 'starting', ''), `applies ${file.name}`)
  try {
    const applied = patience === 'first' ? await retried(once, signal, again) : await once()
    const what = whatWasDone(applied, performance.now() - began)
    if (applied.outcome === 'applied') logger.info('SQL file applied', { file: file.name, what })
    else logger.debug('SQL file unchanged', { file: file.name, what })
    return entry(file, 'ready', what)
  } catch (error) {
    return entry(file, 'failed', reasonOf(error))
  }
}

const keyOf = ({ name, sha256 }: SqlFile): string => `${name} ${sha256}`

function initialEntry(file: SqlFile, pxfEnabled: boolean): ComponentEntry {
  if (file.faults.length > 0) return refused(file)
  if (file.needsPxf && !pxfEnabled)
    return entry(file, 'disabled', 'it needs PXF, and GREENPLUM_PXF_ENABLE=false')
  return entry(file, 'pending', 'waits for its turn')
}

const refused = (file: SqlFile): ComponentEntry => entry(file, 'failed', faultLines(file).join('; '))

const entry = ({ name }: SqlFile, state: ComponentEntry['state'], reason: string): ComponentEntry => ({
  name,
  state,
  at: new Date().toISOString(),
  reason,
})

const whatWasDone = (applied: Applied, ms: number): string =>
  applied.outcome === 'applied'
    ? `${applied.statements} statements in ${seconds(ms)}`
    : `unchanged since it was applied at ${applied.appliedAt}`

const fatal = (reason: string): SupervisorError =>
  new SupervisorError(`${reason} (SQL_ON_ERROR=fatal)`, {
    code: 'sql',
    exitCode: exitCodes.configuration,
  })
