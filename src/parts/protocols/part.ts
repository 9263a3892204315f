/** Custom protocols and formats of the image: registered in each of their databases, one entry per library. */
import { SupervisorError, exitCodes } from '../../errors.ts'
import type { SessionTarget } from '../../greenplum/session.ts'
import { describeSqlError } from '../../greenplum/sql-errors.ts'
import { isCoordinator } from '../../config/role.ts'
import type { ComponentEntry } from '../../health/components.ts'
import { explainLibraryError } from '../../protocols/explain.ts'
import { leftoversOf } from '../../protocols/leftovers.ts'
import { readLibraries, type Libraries, type Library } from '../../protocols/manifest.ts'
import { findMade, registerLibrary } from '../../protocols/register.ts'
import { disabled, type Outcome, type Part, type PartRun, type Work } from '../part.ts'
import { retried } from '../retried.ts'

const pgConfigTimeoutMs = 10_000

export const protocols: Part = {
  name: 'protocols',
  after: ['gpdb'],
  // The directory is read during preparation.
  begins: ({ protocols: { directory } }) => disabled(`none in ${directory}`),
  create,
}

function create(run: PartRun): Work {
  let libraries: Libraries = { sound: [], faulty: [] }
  return {
    prepare: async () => void (libraries = await prepare(run)),
    // In the first round every library is loaded and every symbol is looked up.
    reconcile: ({ target, isFirst }, signal) =>
      reconcile({ ...run, libraries, target }, signal, { thorough: isFirst }),
    conclude: (target, signal) => conclude({ ...run, libraries, target }, signal),
  }
}

interface Registering extends PartRun {
  readonly libraries: Libraries
  readonly target: SessionTarget
}

/**
 * Before the database is up: reports all faults of the manifests immediately.
 * @throws SupervisorError if there is a fault and PROTOCOLS_ON_ERROR=fatal
 */
async function prepare({ config, logger, report }: PartRun): Promise<Libraries> {
  // The coordinator does this for all segments.
  if (!isCoordinator(config.greenplum)) return { sound: [], faulty: [] }
  const libraries = await readLibraries(config.protocols.directory, config.greenplum.database)
  const { sound, faulty } = libraries
  const waiting = 'waiting for the database'
  const entries = [
    ...sound.map(({ name }) => entry(name, 'pending', waiting)),
    ...faulty.map(({ name, faults }) => entry(name, 'failed', faults.join('; '))),
  ].toSorted(byName)
  if (faulty.length === 0) {
    if (sound.length > 0) report({ state: 'pending', reason: waiting, entries })
    return libraries
  }
  const reason = faulty.flatMap(({ faults }) => faults).join('; ')
  logger.error('manifests of custom protocols cannot be used', { reason })
  report({ state: 'failed', reason, entries, final: true })
  if (config.protocols.onError === 'degraded') return libraries
  throw new SupervisorError(`cannot use the custom protocols of the image: ${reason}`, {
    code: 'protocols',
    exitCode: exitCodes.configuration,
  })
}

/**
 * The SQL files of the image may have created a missing role: failures are retried once. A failure that persists may end
 * the run (PROTOCOLS_ON_ERROR=fatal).
 */
async function conclude(registering: Registering, signal: AbortSignal): Promise<void> {
  const { config, raise, status } = registering
  const failed = () => status().state === 'failed'
  if (failed()) await reconcile(registering, signal, { thorough: true })
  await reportLeftovers(registering, signal)
  if (signal.aborted || !failed() || config.protocols.onError !== 'fatal') return
  const text = `PROTOCOLS_ON_ERROR=fatal: cannot register the custom protocols: ${status().reason}`
  raise({ type: 'configuration-failed', text })
}

/** @param options.thorough load the libraries as well, which is always done after a failure */
async function reconcile(
  registering: Registering,
  signal: AbortSignal,
  options: { readonly thorough: boolean },
): Promise<Outcome> {
  const { libraries, logger, report, status } = registering
  const before = status()
  const thorough = options.thorough || before.state !== 'ready'
  const entries = libraries.faulty.map(({ name, faults }) => entry(name, 'failed', faults.join('; ')))
  let outcome: Outcome = 'unchanged'
  // Sequentially, because they take the same locks.
  for (const library of libraries.sound) {
    const { changed, failures } = await register(registering, { library, thorough }, signal)
    if (signal.aborted) return outcome
    if (changed) outcome = 'changed'
    entries.push(entry(library.name, failures.length > 0 ? 'failed' : 'ready', failures.join('; ')))
  }
  entries.sort(byName)
  const failed = entries.filter(({ state }) => state === 'failed')
  const reason = failed.map((one) => `${one.name}: ${one.reason}`).join('; ')
  if (failed.length > 0 && reason !== before.reason)
    logger.error('custom protocols could not be registered', { reason })
  // Manifests are read once per run.
  const final = libraries.faulty.length > 0 ? { final: true as const } : {}
  report({ state: failed.length > 0 ? 'failed' : 'ready', reason, entries, ...final })
  return outcome
}

const entry = (name: string, state: ComponentEntry['state'], reason: string): ComponentEntry => ({
  name,
  state,
  at: new Date().toISOString(),
  reason,
})

const byName = (a: ComponentEntry, b: ComponentEntry): number => (a.name < b.name ? -1 : 1)

interface Registered {
  readonly changed: boolean
  /** The failures of each database. */
  readonly failures: readonly string[]
}

async function register(
  registering: Registering,
  { library, thorough }: { readonly library: Library; readonly thorough: boolean },
  signal: AbortSignal,
): Promise<Registered> {
  const { target, logger } = registering
  const failures: string[] = []
  let changed = false
  for (const database of library.databases) {
    try {
      const work = () => registerLibrary(target, { library, database, thorough }, signal)
      const { changes, problems } = await retried(work, signal)
      if (changes.length > 0)
        logger.info('custom protocol registered', { library: library.name, database, changes })
      changed ||= changes.length > 0
      failures.push(...problems.map((problem) => `in database ${database}: ${problem}`))
    } catch (error) {
      if (signal.aborted) return { changed, failures: [] }
      const path = await libraryPath(registering, library, signal)
      failures.push(`in database ${database}: ${explainLibraryError(error, library, path)}`)
    }
  }
  return { changed, failures }
}

/** Where the server looks for the library: its error has the full path only if the file exists. */
async function libraryPath(
  { runTool, toolEnvironment }: PartRun,
  { library }: Library,
  signal: AbortSignal,
): Promise<string> {
  const [environment, file] = [await toolEnvironment().catch(() => ({})), library.replace('$libdir/', '')]
  const found = await runTool({
    command: 'pg_config',
    arguments: ['--pkglibdir'],
    environment,
    timeoutMs: pgConfigTimeoutMs,
    signal,
  }).catch(() => undefined)
  const directory = found?.ok === true ? found.output.trim() : '$libdir'
  return `${directory}/${file}.so`
}

/** Reported once per run, in the log and as findings. */
async function reportLeftovers(registering: Registering, signal: AbortSignal): Promise<void> {
  const { config, libraries, logger, note, target } = registering
  const databases = [
    ...new Set([config.greenplum.database, ...libraries.sound.flatMap((library) => library.databases)]),
  ]
  for (const database of databases) {
    try {
      const made = await retried(() => findMade(target, database, signal), signal)
      for (const leftover of leftoversOf(made, database, libraries)) note(leftover)
    } catch (error) {
      if (signal.aborted) return
      logger.warn('could not check for leftovers of custom protocols', {
        database,
        reason: describeSqlError(error),
      })
    }
  }
}
