/**
 * The SQL files of the image, one after the other. The first that fails ends the round, because those after it may
 * rest on it; while one is failed, what is not applied yet is tried again, with the files as they are then. A file whose
 * relations are dropped later counts as not applied any more.
 */
import type { SessionTarget } from '../../greenplum/session.ts'
import { worstState, type ComponentEntry } from '../../health/components.ts'
import { readSqlFiles, type SqlFile } from '../../sql/files.ts'
import { relationsThere, shownRelation } from '../../sql/relations.ts'
import type { Outcome, PartRun, Round } from '../part.ts'
import { applyOne, fatal, holdBack, initialEntry, keyOf } from './file.ts'

interface Made {
  readonly file: SqlFile
  readonly relations: readonly string[]
}

export interface SqlRounds {
  /** A round applies what this run has not applied yet. */
  readonly apply: (round: Round, signal: AbortSignal) => Promise<Outcome>
  /** Looks for relations of applied files that were dropped since: those files are not applied any more, and failed. */
  readonly look: (target: SessionTarget, signal: AbortSignal) => Promise<void>
}

export function createSqlRounds(run: PartRun): SqlRounds {
  const { config, logger, report, status } = run
  /** By name and content: a file that was fixed in the meantime is another one. */
  const done = new Map<string, ComponentEntry>()
  /** Of the applied files, what was there after their round: a file may drop or rename what another one made. */
  let made: readonly Made[] | undefined = []
  let attempts = 0
  let told = ''
  return { apply, look }

  async function apply(round: Round, signal: AbortSignal): Promise<Outcome> {
    const target = { ...round.target, database: config.greenplum.database }
    const files = await readSqlFiles(config.sql.directory)
    const entries = files.map((file) => done.get(keyOf(file)) ?? initialEntry(file, config.pxf.enabled))
    let outcome: Outcome = 'unchanged'
    attempts++
    for (const [index, file] of files.entries()) {
      if (entries[index]?.state === 'pending') {
        const tell = (now: ComponentEntry, reason: string) => {
          entries[index] = now
          // What failed is tried again in silence, until it succeeds.
          if (status().state === 'failed') return
          report({ state: 'starting', reason, attempts, entries: [...entries] })
        }
        const one = await applyOne(file, run, { target, signal, isFirst: round.isFirst, tell })
        entries[index] = one.entry
        if (one.changed) outcome = 'changed'
      }
      if (signal.aborted) return outcome
      if (entries[index]?.state === 'ready') done.set(keyOf(file), entries[index])
      if (entries[index]?.state === 'failed') {
        holdBack(files, entries, index)
        break
      }
    }
    await noteMade(files, target, signal)
    if (!signal.aborted) conclude(entries, files, round.isFirst)
    return outcome
  }

  async function noteMade(
    files: readonly SqlFile[],
    target: SessionTarget,
    signal: AbortSignal,
  ): Promise<void> {
    const applied = files.filter((file) => done.has(keyOf(file)))
    made = await relationsThere(applied, target, signal).then(
      (there) => applied.map((file) => ({ file, relations: there.get(file.name) ?? [] })),
      () => undefined,
    )
  }

  async function look(server: SessionTarget, signal: AbortSignal): Promise<void> {
    const target = { ...server, database: config.greenplum.database }
    // The look after the round failed; what is there now is what there is to watch.
    if (made === undefined) return noteMade(await readSqlFiles(config.sql.directory), target, signal)
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
    const entries = status().entries?.map((before): ComponentEntry => {
      const reason = reasonOfFile.get(before.name)
      return reason === undefined
        ? before
        : { ...before, state: 'failed', at: new Date().toISOString(), reason }
    })
    report({
      state: 'failed',
      reason: [...reasonOfFile.values()].join('; '),
      ...(entries === undefined ? {} : { entries }),
    })
  }

  function conclude(entries: readonly ComponentEntry[], files: readonly SqlFile[], isFirst: boolean): void {
    const failures = entries.filter(({ state }) => state === 'failed').map(({ reason }) => reason)
    const reason = failures.join('; ')
    if (reason !== '' && reason !== told) logger.error('SQL files are not applied', { failures })
    told = reason
    // What is refused stays refused until somebody changes the file.
    const final = files.some(({ faults }) => faults.length > 0) ? { final: true as const } : {}
    report({ state: worstState(entries), reason, attempts, entries, ...final })
    // A database in use is not ended over what somebody dropped, and a lock kept from coming back.
    if (reason !== '' && config.sql.onError === 'fatal' && isFirst)
      run.raise({ type: 'configuration-failed', text: fatal(reason).message })
  }
}
