/**
 * Checks whether the database of this start is ready: the right postmaster, an ordinary session, and a dispatched query
 * to which every segment responds. `pg_isready` would succeed even in gpstart's utility mode (docs/base-image.md, trap
 * 10).
 */
import type { Config } from '../config/config.ts'
import { isWholeCluster } from '../config/role.ts'
import { errnoOf } from '../errors.ts'
import { findServerDirectories, observePostmaster, type Postmaster } from './data-directories.ts'
import { applicationName, withSession, type Session, type SessionTarget } from './session.ts'
import { describeSqlError, isRetryable } from './sql-errors.ts'

export type Observation =
  | {
      readonly kind: 'accepting'
      readonly target: SessionTarget
      readonly segments: number
      readonly version: string
    }
  /** Not ready yet, or not at the moment. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** A failure that will not resolve itself. */
  | { readonly kind: 'broken'; readonly reason: string }

/** A dispatched query that takes longer counts as failed. */
const queryTimeoutMs = 10_000
/** Number of sessions of this program that hang, because a segment does, at which no further one is opened. */
const mostStuck = 3
const queryCanceled = '57014'

/** Opens an ordinary session, runs a dispatched query, and compares with the number of primaries in the catalog. */
export async function observeDatabase(
  config: Config['greenplum'],
  notBeforeTicks: number,
  signal: AbortSignal,
): Promise<Observation> {
  const postmaster = await observePostmaster(config.coordinatorDirectory)
  if (postmaster.state !== 'alive') return { kind: 'waiting', reason: describeAbsence(config, postmaster) }
  if (postmaster.startTicks < notBeforeTicks) {
    return {
      kind: 'waiting',
      reason: `the server with pid ${postmaster.file.pid} was started before this run`,
    }
  }
  const target = coordinatorTarget(config, postmaster)
  try {
    const { segments, version } = await withSession(target, askEverySegment, {
      signal,
      timeoutMs: queryTimeoutMs,
    })
    return { kind: 'accepting', target, segments, version }
  } catch (error) {
    const kind = passes(error) ? 'waiting' : 'broken'
    return { kind, reason: `the database does not respond: ${describeSqlError(error)}` }
  }
}

const passes = (error: unknown): boolean =>
  isRetryable(error) || error instanceof StuckError || errnoOf(error) === queryCanceled

async function askEverySegment(session: Session): Promise<{ segments: number; version: string }> {
  await refuseToPileUp(session)
  const [catalog] = await session.query(
    `SELECT count(*)::int AS primaries, count(CASE WHEN status = 'd' THEN 1 END)::int AS down, version() AS version
     FROM gp_segment_configuration WHERE content >= 0 AND role = 'p'`,
  )
  const [dispatched] = await session.query(`SELECT count(*)::int AS answered FROM gp_dist_random('gp_id')`)
  const primaries = Number(catalog?.['primaries'])
  const answered = Number(dispatched?.['answered'])
  if (answered !== primaries || Number(catalog?.['down']) > 0) {
    throw new Error(
      `${answered} of ${primaries} segments respond; see gp_segment_configuration, then run gprecoverseg`,
    )
  }
  return { segments: primaries, version: String(catalog?.['version']) }
}

/**
 * Backends that wait for a frozen segment (out of memory, a hung disk, SIGSTOP) cannot be canceled. Their number must
 * not grow until the server rejects clients.
 */
async function refuseToPileUp(session: Session): Promise<void> {
  const [row] = await session.query(
    `SELECT count(*)::int AS stuck FROM pg_stat_activity
     WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()
       AND query_start < now() - $2 * interval '1 millisecond'`,
    [applicationName, queryTimeoutMs],
  )
  const stuck = Number(row?.['stuck'])
  if (stuck >= mostStuck)
    throw new StuckError(
      `${stuck} earlier checks are still waiting for a segment that is running but does not respond; check whether it is suspended, or its disk hangs`,
    )
}

/** Resolves itself once the segment continues. */
class StuckError extends Error {}

/** Uses the Unix-domain socket with peer authentication, which needs neither a password nor a pg_hba.conf rule. */
export function coordinatorTarget(
  config: Config['greenplum'],
  postmaster: Extract<Postmaster, { state: 'alive' }>,
): SessionTarget {
  const { port, socketDirectory } = postmaster.file
  return {
    host: socketDirectory === '' ? config.profile.socketDirectory : socketDirectory,
    port,
    user: config.user,
    database: 'postgres',
  }
}

function describeAbsence(config: Config['greenplum'], postmaster: Postmaster): string {
  if (postmaster.state === 'unknown')
    return `cannot tell whether the coordinator is running: ${postmaster.reason}`
  return postmaster.state === 'dead'
    ? `postmaster.pid in ${config.coordinatorDirectory} names process ${postmaster.pid}, which no longer exists`
    : 'the coordinator is not running; if it was stopped by hand, run gpstart -a or restart the container'
}

/** A server directory of this host and its postmaster. */
export interface ObservedServer {
  readonly directory: string
  readonly postmaster: Postmaster
}

/** @param known their directories; without them, they are looked for */
export async function observeServers(
  config: Config['greenplum'],
  known?: readonly string[],
): Promise<ObservedServer[]> {
  const directories = known ?? (await findServerDirectories(config))
  return Promise.all(
    directories.map(async (directory) => ({ directory, postmaster: await observePostmaster(directory) })),
  )
}

/**
 * The servers that died: their pid file still exists, but names no running process. A server that was stopped by hand
 * removes its file and does not count. In deployments with mirrors (any except the single node) Greenplum survives the
 * loss of a segment, so only the coordinator counts.
 */
export function deadServers(seen: readonly ObservedServer[], config: Config['greenplum']): string[] {
  return seen
    .filter(({ directory }) => directory === config.coordinatorDirectory || isWholeCluster(config))
    .filter(({ postmaster }) => postmaster.state === 'dead')
    .map(({ directory }) => directory)
}
