/**
 * Applies the SQL files of the image in order. The first failure ends the round, because later files may depend on it.
 * While a file is failed, each round reads the files again and retries those that are not applied. If relations of an
 * applied file are dropped later, the file no longer counts as applied.
 */
import type { SessionTarget } from '../../greenplum/session.ts'
import { worstState, type ComponentEntry } from '../../health/components.ts'
import { readSqlFiles, type SqlFile } from '../../sql/files.ts'
import { unchangedFiles } from '../../sql/record.ts'
import { relationsOf, relationsThere, shownRelation } from '../../sql/relations.ts'
import type { Outcome, PartRun, Round } from '../part.ts'
import { applyOne, fatal, holdBack, initialEntry, keyOf, leftUnchanged } from './file.ts'

interface Made {
  readonly file: SqlFile
  readonly relations: readonly string[]
}

export interface SqlRounds {
  /** Applies the files that this run has not applied yet. */
  readonly apply: (round: Round, signal: AbortSignal) => Promise<Outcome>
  /** Checks for relations of applied files that were dropped since; those files are marked as failed. */
  readonly look: (target: SessionTarget, signal: AbortSignal) => Promise<void>
}

/** The files up to the first one that is applied in any case. */
const leading = (files: readonly SqlFile[]): readonly SqlFile[] => {
  const end = files.findIndex(({ whenChanged }) => !whenChanged)
  return end === -1 ? files : files.slice(0, end)
}

export function createSqlRounds(run: PartRun): SqlRounds {
  const { config, logger, report, status } = run
  /** By name and content: a file that was fixed in the meantime counts as another one. */
  const done = new Map<string, ComponentEntry>()
  /** The relations that existed after the round, for each applied file: a file may drop what another one created. */
  let made: readonly Made[] | undefined = []
  let attempts = 0
  let reported = ''
  return { apply, look }

  async function apply(round: Round, signal: AbortSignal): Promise<Outcome> {
    const target = { ...round.target, database: config.greenplum.database }
    const files = await readSqlFiles(config.sql.directory)
    const entries = files.map((file) => done.get(keyOf(file)) ?? initialEntry(file, config))
    let outcome: Outcome = 'unchanged'
    attempts++
    const waiting = files.filter((_, index) => entries[index]?.state === 'pending')
    let unchanged = await unchangedFiles(leading(waiting), target, signal)
    const isAllUnchanged = waiting.length === files.length && waiting.length === unchanged.size
    for (const [index, file] of files.entries()) {
      const appliedAt = unchanged.get(file.name)
      if (appliedAt !== undefined) entries[index] = leftUnchanged(file, appliedAt, run)
      if (entries[index]?.state === 'pending') {
        const reportNow = (now: ComponentEntry, reason: string) => {
          entries[index] = now
          // Retries of what has failed are not reported until they succeed.
          if (status().state === 'failed') return
          report({ state: 'starting', reason, attempts, entries: [...entries] })
        }
        const one = await applyOne(file, run, { target, signal, isFirst: round.isFirst, reportNow })
        entries[index] = one.entry
        if (one.changed) outcome = 'changed'
        // It may have dropped what a later file created; that file is asked again.
        unchanged = new Map()
      }
      if (signal.aborted) return outcome
      if (entries[index]?.state === 'ready') done.set(keyOf(file), entries[index])
      if (entries[index]?.state === 'failed') {
        holdBack(files, entries, index)
        break
      }
    }
    if (isAllUnchanged) made = files.map((file) => ({ file, relations: relationsOf(file) }))
    else await noteMade(files, target, signal)
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
    // The check after the round failed: watch what exists now.
    if (made === undefined) return noteMade(await readSqlFiles(config.sql.directory), target, signal)
    const watched = made
    const files = watched.map(({ file }) => file)
    const there = await relationsThere(files, target, signal).catch(() => undefined)
    // If the database cannot be queried, component gpdb reports it.
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
        `${relations.join(', ')} of ${file.name} ${relations.length === 1 ? 'was' : 'were'} dropped; applying the file again`,
      ]),
    )
    logger.warn('relations of SQL files were dropped; applying the files again', {
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
    if (reason !== '' && reason !== reported) logger.error('SQL files could not be applied', { failures })
    reported = reason
    // A refused file stays refused until it is changed.
    const final = files.some(({ faults }) => faults.length > 0) ? { final: true as const } : {}
    report({ state: worstState(entries), reason, attempts, entries, ...final })
    // Later failures are not fatal: a database in use is not stopped because a dropped table cannot be recreated.
    if (reason !== '' && config.sql.onError === 'fatal' && isFirst)
      run.raise({ type: 'configuration-failed', text: fatal(reason).message })
  }
}
