/** What the catalog says of the servers of all hosts, and the requests to it. */
import { withSession, type SessionTarget } from '../greenplum/session.ts'

/** A row of `gp_segment_configuration`, and since when it is as it is. */
export interface CatalogServer {
  readonly dbid: number
  /** -1 for the coordinator and its standby. */
  readonly content: number
  /** What it acts as now. */
  readonly role: 'primary' | 'mirror'
  readonly preferredRole: 'primary' | 'mirror'
  /** Primary and mirror have the same data. Never true where there is no mirror. */
  readonly inSync: boolean
  /** As the coordinator's own probe (FTS) saw it last. Without a mirror a primary is never marked as down. */
  readonly up: boolean
  /** For ssh. */
  readonly hostname: string
  /** For connections. */
  readonly address: string
  readonly port: number
  readonly directory: string
  /** When the catalog changed it last, ISO 8601; absent if it never did. */
  readonly since?: string
}

export interface Catalog {
  readonly servers: readonly CatalogServer[]
  /** The standby receives what the coordinator writes. The catalog itself never says so. */
  readonly standbyStreams: boolean
  /** Sessions of others that run a statement or have a transaction open. */
  readonly busySessions: number
}

/** The probe waits for hosts that do not answer. */
const timeoutMs = 60_000

export const readCatalog = (target: SessionTarget, signal: AbortSignal): Promise<Catalog> =>
  withSession(
    target,
    async ({ query }) => {
      const servers = await query(rows)
      const [activity] = await query(sessions)
      return {
        servers: servers.map(asServer),
        standbyStreams: activity?.['streams'] === true,
        busySessions: Number(activity?.['busy']),
      }
    },
    { signal, timeoutMs },
  )

/** Makes the coordinator look at all segments now, and promote mirrors of those that are gone. */
export const probe = (target: SessionTarget, signal: AbortSignal): Promise<void> =>
  withSession(target, async ({ query }) => void (await query('SELECT gp_request_fts_probe_scan()')), {
    signal,
    timeoutMs,
  })

const rows = `
  SELECT dbid::int, content::int, role::text, preferred_role::text, mode::text, status::text, hostname::text,
    address::text, port::int, datadir::text, (SELECT max(time) FROM gp_configuration_history h WHERE h.dbid = c.dbid) AS since
  FROM gp_segment_configuration c ORDER BY content, dbid`

const sessions = `
  SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE state = 'streaming') AS streams,
    (SELECT count(*) FROM pg_stat_activity a WHERE state <> 'idle' AND pid <> pg_backend_pid()
      AND NOT EXISTS (SELECT 1 FROM pg_stat_replication r WHERE r.pid = a.pid))::int AS busy`

function asServer(row: Readonly<Record<string, unknown>>): CatalogServer {
  const role = (value: unknown) => (value === 'p' ? 'primary' : 'mirror')
  const { dbid, content, port, since } = row
  return {
    dbid: Number(dbid),
    content: Number(content),
    role: role(row['role']),
    preferredRole: role(row['preferred_role']),
    inSync: row['mode'] === 's',
    up: row['status'] === 'u',
    hostname: String(row['hostname']),
    address: String(row['address']),
    port: Number(port),
    directory: String(row['datadir']),
    ...(since instanceof Date ? { since: since.toISOString() } : {}),
  }
}
