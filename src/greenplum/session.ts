/**
 * One short session to the coordinator: open, work, close. A pool would hold sessions, and a held session
 * stalls a smart shutdown for two minutes (docs/base-image.md, trap 1).
 */
import pg from 'pg'
import { deadline, longestTimerMs, sleep } from '../time.ts'

export interface SessionTarget {
  /** A socket directory (peer authentication, no password needed) or a host name. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password?: string
}

export interface Session {
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>
}

/** Connecting and a cheap statement; a slow one brings its own limit. */
const defaultTimeoutMs = 10_000

/** For the farewell of a session; after it the connection is cut. */
const closeMs = 1000

/** Opens a session, runs `work`, and closes it on every path. `signal` and the timeout cut the connection. */
export async function withSession<T>(
  target: SessionTarget,
  work: (session: Session) => Promise<T>,
  limits: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<T> {
  const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    // A function, so that pg never falls back to PGPASSWORD or ~/.pgpass: the session proves what it claims.
    password: () => target.password ?? '',
    // Never PGSSLMODE: the session stays inside the container.
    ssl: false,
    application_name: 'gp-supervisor',
    // Greenplum 6 logs every statement by default; a probe must not fill the log.
    options: '-c log_statement=none',
    connectionTimeoutMillis: Math.min(timeoutMs, longestTimerMs),
  })
  // A connection that breaks between two queries would otherwise end the process.
  client.on('error', () => {})
  const limit = deadline(timeoutMs, limits.signal)
  const cut = new Promise<never>((_, reject) => {
    const abort = () =>
      reject(limit.signal.reason instanceof Error ? limit.signal.reason : new Error('stopped'))
    if (limit.signal.aborted) abort()
    limit.signal.addEventListener('abort', abort, { once: true })
  })
  const run = async () => {
    await client.connect()
    return work({
      query: async (sql, values) => (await client.query(sql, values === undefined ? [] : [...values])).rows,
    })
  }
  try {
    return await Promise.race([run(), cut])
  } finally {
    limit.clear()
    await close(client, limit.signal.aborted)
  }
}

async function close(client: pg.Client, atOnce: boolean): Promise<void> {
  const { connection } = client as unknown as { connection: { stream: { destroy: () => void } } }
  if (atOnce) return connection.stream.destroy()
  // A backend may answer and then hang at its end.
  const ended = new AbortController()
  const end = client.end().catch(() => {})
  await Promise.race([end, sleep(closeMs, ended.signal)])
  ended.abort()
  connection.stream.destroy()
}

/** An SQL string in single quotes. */
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text)

/** An SQL identifier in double quotes. */
export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name)
