/**
 * The SQL files of the image, one after the other. The first that fails ends the round, because those after it may
 * rest on it; while one is failed, what is not applied yet is tried again, with the files as they are then. A file whose
 * relations are dropped later counts as not applied any more.
 */
import { SupervisorError, exitCodes, reasonOf } from '../../errors.ts'
import { isCoordinator, worstState, type ComponentEntry } from '../../health/components.ts'
import { applySqlFile, type Applied } from '../../sql/apply.ts'
import { faultLines, readSqlFiles, type SqlFile } from '../../sql/files.ts'
import { relationsThere, shownRelation } from '../../sql/relations.ts'
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

interface Made {
  readonly file: SqlFile
  readonly relations: readonly string[]
}

export interface SqlRounds {
  /** A round applies what this run has not applied yet. */
  readonly apply: (signal: AbortSignal, patience: Patience) => Promise<void>
  /** Looks for relations of applied files that were dropped since: those files are not applied any more, and failed. */
  readonly look: (signal: AbortSignal) => Promise<void>
}

export function createSqlRounds(ports: ConfigurePorts): SqlRounds {
  const { config, board, logger } = ports
  const target = { ...ports.target, database: config.greenplum.database }
  /** By name and content: a file that was mended under way is another one. */
  const done = new Map<string, ComponentEntry>()
  /** Of the applied files, what was there after their round: a file may drop or rename what another one made. */
  let made: readonly Made[] | undefined = []
  let attempts = 0
  let told = ''
  return { apply, look }

  async function apply(signal: AbortSignal, patience: Patience): Promise<void> {
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
    await noteMade(files, signal)
    if (!signal.aborted) conclude(entries, files, patience)
  }

  async function noteMade(files: readonly SqlFile[], signal: AbortSignal): Promise<void> {
    const applied = files.filter((file) => done.has(keyOf(file)))
    made = await relationsThere(applied, target, signal).then(
      (there) => applied.map((file) => ({ file, relations: there.get(file.name) ?? [] })),
      () => undefined,
    )
  }

  async function look(signal: AbortSignal): Promise<void> {
    // The look after the round failed; what is there now is what there is to watch.
    if (made === undefined) return noteMade(await readSqlFiles(config.sql.directory), signal)
    const watched = made
    const files = watched.map(({ file }) => file)
    const there = await relationsThere(files, target, signal).catch(() => undefined)
    // A database that cannot be asked says so itself.
    if (there === undefined || signal.aborted) return
    const dropped = watched.flatMap(({ file, relations }) => {
      const gone = relations.filter((relation) => there.get(file.name)?.includes(relation) === false)
      return gone.length === 0 ? [] : [{ file, relations: gone.map(shownRelation) }]
    })
    if (dropped.length === 0) return
    for (const { file } of dropped) done.delete(keyOf(file))
    reportDropped(dropped)
  }

  function reportDropped(dropped: readonly Made[]): void {
    const reasonOfFile = new Map(
      dropped.map(({ file, relations }) => [
        file.name,
        `${relations.join(', ')} of ${file.name} ${relations.length === 1 ? 'was' : 'were'} dropped; the file is applied again`,
      ]),
    )
    logger.warn('relations of SQL files were dropped; the files are applied again', {
      dropped: dropped.map(({ file, relations }) => ({ file: file.name, relations })),
    })
    const entries = board.components().sql.entries?.map((before): ComponentEntry => {
      const reason = reasonOfFile.get(before.name)
      return reason === undefined
        ? before
        : { ...before, state: 'failed', at: new Date().toISOString(), reason }
    })
    board.report('sql', {
      state: 'failed',
      reason: [...reasonOfFile.values()].join('; '),
      ...(entries === undefined ? {} : { entries }),
    })
  }

  function conclude(entries: readonly ComponentEntry[], files: readonly SqlFile[], patience: Patience): void {
    const failures = entries.filter(({ state }) => state === 'failed').map(({ reason }) => reason)
    const reason = failures.join('; ')
    if (reason !== '' && reason !== told) logger.error('SQL files are not applied', { failures })
    told = reason
    // What is refused stays refused until somebody changes the file.
    const final = files.some(({ faults }) => faults.length > 0) ? { final: true as const } : {}
    board.report('sql', { state: worstState(entries), reason, attempts, entries, ...final })
    // A database in use is not ended over what somebody dropped, and a lock kept from coming back.
    if (reason !== '' && config.sql.onError === 'fatal' && patience === 'first')
      ports.giveUp(fatal(reason).message)
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
