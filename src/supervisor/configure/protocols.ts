/** Custom protocols and formats of the image: registered in each of their databases, one entry a library. */
import { SupervisorError, exitCodes } from '../../errors.ts'
import { describeSqlError } from '../../greenplum/sql-errors.ts'
import { isCoordinator, type ComponentEntry } from '../../health/components.ts'
import { explainLibraryError } from '../../protocols/explain.ts'
import { logFinding } from '../../logging/finding.ts'
import { leftoversOf } from '../../protocols/leftovers.ts'
import { readLibraries, type Libraries, type Library } from '../../protocols/manifest.ts'
import { findMade, registerLibrary } from '../../protocols/register.ts'
import { retried, type ConfigurePorts } from './ports.ts'

const pgConfigTimeoutMs = 10_000

/**
 * Before the database is up: what is wrong with the manifests is said at once, all of it.
 * @throws SupervisorError where PROTOCOLS_ON_ERROR=fatal
 */
export async function prepareProtocols({
  config,
  board,
  logger,
}: Pick<ConfigurePorts, 'config' | 'board' | 'logger'>): Promise<Libraries> {
  // Segments get everything from the coordinator.
  if (!isCoordinator(config)) return { sound: [], faulty: [] }
  const libraries = await readLibraries(config.protocols.directory, config.greenplum.database)
  const { sound, faulty } = libraries
  const waiting = 'waits for the database'
  const entries = [
    ...sound.map(({ name }) => entry(name, 'pending', waiting)),
    ...faulty.map(({ name, faults }) => entry(name, 'failed', faults.join('; '))),
  ].toSorted(byName)
  if (faulty.length === 0) {
    if (sound.length > 0) board.report('protocols', { state: 'pending', reason: waiting, entries })
    return libraries
  }
  const reason = faulty.flatMap(({ faults }) => faults).join('; ')
  logger.error('manifests of custom protocols cannot be used', { reason })
  board.report('protocols', { state: 'failed', reason, entries, final: true })
  if (config.protocols.onError === 'degraded') return libraries
  throw new SupervisorError(`cannot use the custom protocols of the image: ${reason}`, {
    code: 'protocols',
    exitCode: exitCodes.configuration,
  })
}

/** At the start: every library is loaded and every symbol looked up. */
export async function configureProtocols(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  await reconcileProtocols(ports, signal, { thorough: true })
}

/**
 * After the SQL of the image, which may have made a role that was missing: what failed is tried once more, and a
 * failure that stays may end the run (PROTOCOLS_ON_ERROR=fatal).
 */
export async function concludeProtocols(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { board, config, giveUp } = ports
  const failed = () => board.components().protocols.state === 'failed'
  if (failed()) await configureProtocols(ports, signal)
  await tellLeftovers(ports, signal)
  if (!signal.aborted && failed() && config.protocols.onError === 'fatal') {
    const { reason } = board.components().protocols
    giveUp(`PROTOCOLS_ON_ERROR=fatal: cannot register the custom protocols: ${reason}`)
  }
}

/** @param options.thorough also has the libraries loaded again, which what failed always gets */
export async function reconcileProtocols(
  ports: ConfigurePorts,
  signal: AbortSignal,
  options: { readonly thorough: boolean },
): Promise<void> {
  const { board, libraries } = ports
  const before = board.components().protocols
  const thorough = options.thorough || before.state !== 'ready'
  const entries = libraries.faulty.map(({ name, faults }) => entry(name, 'failed', faults.join('; ')))
  // One after the other: they take the same locks.
  for (const library of libraries.sound) {
    const failures = await register(ports, { library, thorough }, signal)
    if (signal.aborted) return
    entries.push(entry(library.name, failures.length > 0 ? 'failed' : 'ready', failures.join('; ')))
  }
  entries.sort(byName)
  const failed = entries.filter(({ state }) => state === 'failed')
  const reason = failed.map((one) => `${one.name}: ${one.reason}`).join('; ')
  if (failed.length > 0 && reason !== before.reason) {
    ports.logger.error('custom protocols are not registered', { reason })
  }
  // A manifest is read once in a run.
  const final = libraries.faulty.length > 0 ? { final: true as const } : {}
  board.report('protocols', { state: failed.length > 0 ? 'failed' : 'ready', reason, entries, ...final })
}

const entry = (name: string, state: ComponentEntry['state'], reason: string): ComponentEntry => ({
  name,
  state,
  at: new Date().toISOString(),
  reason,
})

const byName = (a: ComponentEntry, b: ComponentEntry): number => (a.name < b.name ? -1 : 1)

/** @returns what failed, for each database */
async function register(
  ports: ConfigurePorts,
  { library, thorough }: { readonly library: Library; readonly thorough: boolean },
  signal: AbortSignal,
): Promise<string[]> {
  const { target, logger } = ports
  const failures: string[] = []
  for (const database of library.databases) {
    try {
      const work = () => registerLibrary(target, { library, database, thorough }, signal)
      const { changes, problems } = await retried(work, signal)
      if (changes.length > 0)
        logger.info('custom protocol registered', { library: library.name, database, changes })
      failures.push(...problems.map((problem) => `in database ${database}: ${problem}`))
    } catch (error) {
      if (signal.aborted) return []
      const path = await libraryPath(ports, library, signal)
      failures.push(`in database ${database}: ${explainLibraryError(error, library, path)}`)
    }
  }
  return failures
}

/** Where the server looks for the library: it names the file itself only when it is there. */
async function libraryPath(
  { runTool, toolEnvironment }: ConfigurePorts,
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

/** Said once a run, in the log and among the findings. */
async function tellLeftovers(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const { board, config, libraries, logger, target } = ports
  const databases = [
    ...new Set([config.greenplum.database, ...libraries.sound.flatMap((library) => library.databases)]),
  ]
  for (const database of databases) {
    try {
      const made = await retried(() => findMade(target, database, signal), signal)
      for (const leftover of leftoversOf(made, database, libraries)) {
        logFinding(logger, leftover)
        board.note(leftover)
      }
    } catch (error) {
      if (signal.aborted) return
      logger.warn('leftovers of custom protocols could not be looked for', {
        database,
        reason: describeSqlError(error),
      })
    }
  }
}
