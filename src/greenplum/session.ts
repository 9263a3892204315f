/**
 * One short session with the coordinator: open, work, close. A pool would hold sessions open, and an open session
 * delays a smart shutdown by two minutes (docs/base-image.md, trap 1).
 *
 * The session has the administrator's privileges in a database that every user can change. Names are therefore looked
 * up in pg_catalog only, so that it never runs an object of a user. Every limit is also set in the server.
 */
import { connect } from 'node:net'
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

/** For connecting and a cheap statement; callers with slow statements pass a limit of their own. */
const defaultTimeoutMs = 10_000
/** The server's share of the time limit: it gives up first, so that its error is received. */
const serverShare = 0.9
/** A statement that waits longer for a lock fails with an error that says so. */
const longestLockMs = 10_000

export const applicationName = 'gp-supervisor'

/**
 * The initial settings of a session. Because the client sends them, they override `ALTER DATABASE … SET` and
 * `ALTER ROLE … SET`, which the owner of a database may have used.
 */
export function sessionSettings(timeoutMs: number): Readonly<Record<string, string>> {
  const statementMs = Math.max(1, Math.min(longestTimerMs, Math.floor(timeoutMs * serverShare)))
  return {
    // Without $user and public: any role may create functions there that match a call better than the built-in one.
    search_path: 'pg_catalog',
    role: 'none',
    // This setting determines where literals end.
    standard_conforming_strings: 'on',
    default_transaction_read_only: 'off',
    // A check must see the same data as the statement that follows it.
    default_transaction_isolation: 'read committed',
    statement_timeout: String(statementMs),
    lock_timeout: String(Math.min(longestLockMs, Math.ceil(statementMs / 2))),
    // Greenplum 6 logs every statement by default. Probes must not fill the log, and no password may appear in it.
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_min_error_statement: 'panic',
  }
}

const asOptions = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ')

/** Time to close a session before its connection is cut. */
const closeMs = 1000

/**
 * Opens a session, runs `work`, and always closes the session. `signal` and the timeout cancel the running statement
 * and cut the connection.
 */
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
    // A function, so that pg never falls back to PGPASSWORD or ~/.pgpass, which would falsify a check of access.
    password: () => target.password ?? '',
    // Ignores PGSSLMODE: the session stays inside the container.
    ssl: false,
    application_name: applicationName,
    options: asOptions(sessionSettings(timeoutMs)),
    connectionTimeoutMillis: Math.min(timeoutMs, longestTimerMs),
  })
  // Otherwise a connection that breaks between two queries would end the process.
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
    await close(client, target, limit.signal.aborted)
  }
}

/** Internal state of pg's connection; `processID` is set once the server has accepted it. */
interface Inside {
  readonly connection: { readonly stream: { readonly destroy: () => void } }
  readonly processID: number | null
  readonly secretKey: number | null
}

async function close(client: pg.Client, target: SessionTarget, givenUp: boolean): Promise<void> {
  const inside = client as unknown as Inside
  const ended = new AbortController()
  // A backend may respond and then hang while it exits.
  const farewell = givenUp ? cancel(inside, target) : client.end().catch(() => {})
  await Promise.race([farewell, sleep(closeMs, ended.signal)])
  ended.abort()
  inside.connection.stream.destroy()
}

/** CancelRequest, see "Message Formats" in the PostgreSQL documentation. */
const cancelCode = 80_877_102

/**
 * Cancels the running statement. A server notices a lost client only when it sends data to it; without this, a query
 * that waits for a segment would keep waiting. The server closes the connection without a response.
 */
function cancel({ processID, secretKey }: Inside, { host, port }: SessionTarget): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve()
  const request = Buffer.alloc(16)
  for (const [index, word] of [16, cancelCode, processID].entries()) request.writeInt32BE(word, index * 4)
  request.writeInt32BE(secretKey, 12)
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
    socket.once('close', () => resolve())
    socket.once('error', () => socket.destroy())
    socket.setTimeout(closeMs, () => socket.destroy())
    socket.resume().end(request)
  })
}

/** The text as an SQL string literal. */
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text)

/** The name as a quoted SQL identifier. */
export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name)
