/** The SQL files of the image. */
import { isCoordinator } from '../../config/role.ts'
import { faultLines, readSqlFiles } from '../../sql/files.ts'
import { disabled, type Part, type PartRun, type Work } from '../part.ts'
import { entry, fatal, refused } from './file.ts'
import { createSqlRounds } from './rounds.ts'

export const sql: Part = {
  name: 'sql',
  after: ['extensions', 'protocols'],
  // The directory is read during preparation.
  begins: ({ sql: { directory } }) => disabled(`none in ${directory}`),
  create,
}

function create(run: PartRun): Work {
  const rounds = createSqlRounds(run)
  const { status } = run
  return {
    prepare: () => prepare(run),
    reconcile: async (round, signal) =>
      round.isFirst || status().state === 'failed' ? rounds.apply(round, signal) : 'unchanged',
    look: async (target, signal) => {
      if (status().state === 'ready') await rounds.look(target, signal)
    },
  }
}

/** Before the database is up: reports all faults of the files immediately. */
async function prepare({ config, logger, report }: PartRun): Promise<void> {
  if (!isCoordinator(config.greenplum)) return
  const files = await readSqlFiles(config.sql.directory)
  if (files.length === 0) return
  const entries = files.map((file) =>
    file.faults.length > 0 ? refused(file) : entry(file, 'pending', 'waiting for the database'),
  )
  const faults = files.flatMap(faultLines)
  if (faults.length === 0) return report({ state: 'pending', reason: 'waiting for the database', entries })
  const reason = `cannot apply the files in ${config.sql.directory}: ${faults.join('; ')}`
  logger.error('SQL files of the image were refused', { faults })
  report({ state: 'failed', reason, entries, final: true })
  if (config.sql.onError === 'fatal') throw fatal(reason)
}
