/**
 * Is this start's database serving? One observation: the right postmaster, an ordinary session, and every
 * segment answering a dispatched query. `pg_isready` would say yes to gpstart's utility mode
 * (docs/base-image.md, trap 10).
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
  /** Not yet, or not at the moment. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Something that will not pass by itself. */
  | { readonly kind: 'broken'; readonly reason: string }

/** A dispatched query that takes longer is not an answer. */
const queryTimeoutMs = 10_000
/** Sessions of ours that the server could not end, because a segment hangs; no further one joins them. */
const mostStuck = 3
const queryCanceled = '57014'

/** Ordinary session, dispatched query, and the count of primaries in the catalog. */
export async function observeDatabase(
  config: Config['greenplum'],
  notBeforeTicks: number,
  signal: AbortSignal,
): Promise<Observation> {
  const postmaster = await observePostmaster(config.coordinatorDirectory)
  if (postmaster.state !== 'alive') return { kind: 'waiting', reason: describeAbsence(config, postmaster) }
  if (postmaster.startTicks < notBeforeTicks) {
    return { kind: 'waiting', reason: `the server with pid ${postmaster.file.pid} is older than this start` }
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
    return { kind, reason: `the database does not answer: ${describeSqlError(error)}` }
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
      `${answered} of ${primaries} segments answer; see gp_segment_configuration, then gprecoverseg`,
    )
  }
  return { segments: primaries, version: String(catalog?.['version']) }
}

/**
 * A segment that is frozen (out of memory, a disk that hangs, SIGSTOP) holds the backends that wait for it, whatever is
 * cancelled: they must not grow in number until no client gets in any more.
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
      `${stuck} earlier checks still wait for a segment, which is up and does not answer: is it stopped, or its disk?`,
    )
}

/** Passes by itself once the segment goes on. */
class StuckError extends Error {}

/** Over the unix socket: peer authentication, so neither a password nor a pg_hba rule is needed. */
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
  if (postmaster.state === 'unknown') return `cannot tell whether the coordinator runs: ${postmaster.reason}`
  return postmaster.state === 'dead'
    ? `postmaster.pid in ${config.coordinatorDirectory} names ${postmaster.pid}, which is gone`
    : 'the coordinator is not running; if it was stopped by hand: gpstart -a, or restart the container'
}

/**
 * The servers of this host that died: their pid file is still there and names no living process. A server that
 * was stopped by hand takes its file along and is not dead. Where segments have mirrors (any deployment but
 * the single node) Greenplum survives one, so only the coordinator counts there.
 */
export async function findDeadServers(config: Config['greenplum']): Promise<string[]> {
  const directories = await findServerDirectories(config)
  const vital = directories.filter((path) => path === config.coordinatorDirectory || isWholeCluster(config))
  const seen = await Promise.all(
    vital.map(async (path) => ({ path, postmaster: await observePostmaster(path) })),
  )
  return seen.filter(({ postmaster }) => postmaster.state === 'dead').map(({ path }) => path)
}
