/**
 * One short session to the coordinator: open, work, close. A pool would hold sessions, and a held session
 * stalls a smart shutdown for two minutes (docs/base-image.md, trap 1).
 *
 * The session belongs to the administrator, and the database to everybody: names are looked up in pg_catalog alone,
 * so that nothing that a user made is ever run by it, and every limit is also set in the server.
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

/** Connecting and a cheap statement; a slow one brings its own limit. */
const defaultTimeoutMs = 10_000
/** Of the time that a session has: the server gives up first, so that its error arrives. */
const serverShare = 0.9
/** Whoever waits longer for a lock gives up with an error that says so. */
const longestLockMs = 10_000

export const applicationName = 'gp-supervisor'

/**
 * Settings that a session starts with. Sent by the client they win over what `ALTER DATABASE … SET` and
 * `ALTER ROLE … SET` say, which the owner of a database may have used.
 */
export function sessionSettings(timeoutMs: number): Readonly<Record<string, string>> {
  const statementMs = Math.max(1, Math.min(longestTimerMs, Math.floor(timeoutMs * serverShare)))
  return {
    // Not even $user and public: any role may create functions there that fit a call better than the built-in one.
    search_path: 'pg_catalog',
    role: 'none',
    // How literals are read decides where they end.
    standard_conforming_strings: 'on',
    default_transaction_read_only: 'off',
    // A check must see what the statement behind it will.
    default_transaction_isolation: 'read committed',
    statement_timeout: String(statementMs),
    lock_timeout: String(Math.min(longestLockMs, Math.ceil(statementMs / 2))),
    // Greenplum 6 logs every statement by default; a probe must not fill the log, nor a password reach it.
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_min_error_statement: 'panic',
  }
}

const asOptions = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
    .join(' ')

/** For the farewell of a session; after it the connection is cut. */
const closeMs = 1000

/**
 * Opens a session, runs `work`, and closes it on every path. `signal` and the timeout cancel what the server is at, and
 * cut the connection.
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
    // A function, so that pg never falls back to PGPASSWORD or ~/.pgpass: the session proves what it claims.
    password: () => target.password ?? '',
    // Never PGSSLMODE: the session stays inside the container.
    ssl: false,
    application_name: applicationName,
    options: asOptions(sessionSettings(timeoutMs)),
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
    await close(client, target, limit.signal.aborted)
  }
}

/** What pg keeps of a connection; `processID` is set once the server has let it in. */
interface Inside {
  readonly connection: { readonly stream: { readonly destroy: () => void } }
  readonly processID: number | null
  readonly secretKey: number | null
}

async function close(client: pg.Client, target: SessionTarget, givenUp: boolean): Promise<void> {
  const inside = client as unknown as Inside
  const ended = new AbortController()
  // A backend may answer and then hang at its end.
  const farewell = givenUp ? cancel(inside, target) : client.end().catch(() => {})
  await Promise.race([farewell, sleep(closeMs, ended.signal)])
  ended.abort()
  inside.connection.stream.destroy()
}

/** CancelRequest of the PostgreSQL manual, "Message Formats". */
const cancelCode = 80_877_102

/**
 * A server notices a client that has gone only when it has something to say to it: without this, a query that waits for
 * a segment waits on. It answers nothing but the end of the connection.
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

/** An SQL string in single quotes. */
export const quoteLiteral = (text: string): string => pg.escapeLiteral(text)

/** An SQL identifier in double quotes. */
export const quoteIdentifier = (name: string): string => pg.escapeIdentifier(name)
