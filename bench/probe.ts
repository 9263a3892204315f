/**
 * Runs inside a container of either side, as the administrator, and prints what has become ready and what no longer is,
 * one JSON line a change. Both sides are asked the same questions at the same pace, so neither is charged for more.
 *
 * It holds no session (docs/base-image.md, trap 1), and asks a question that was answered less often and more cheaply.
 * It ends when its standard input does.
 */
import { get } from 'node:http'
import pg from 'pg'

export interface Change {
  readonly what: Question
  readonly ok: boolean
  /** By the clock of the machine. */
  readonly at: number
}

export type Question = 'database' | 'extension' | 'pxf' | 'livez' | 'gpdb' | 'readyz'

export interface Setting {
  readonly user: string
  readonly database: string
  readonly supervised: boolean
  /** Between two questions while the answer is no. */
  readonly everyMs: number
}

/** Between two questions while the answer is yes. */
const calmMs = 300
const timeoutMs = 3000
const { user, database, supervised, everyMs } = JSON.parse(process.argv[2] ?? '{}') as Setting

/** @returns the first value, or undefined for any failure */
async function sql(text: string, where: string): Promise<string | undefined> {
  const client = new pg.Client({
    host: '/tmp',
    port: 5432,
    user,
    database: where,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows[0] === undefined ? undefined : String(Object.values(rows[0])[0])
  } catch {
    return undefined
  } finally {
    await client.end().catch(() => {})
  }
}

const answers = (port: number, path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })

/** Which postmaster has answered a dispatched query; the first start has more than one. */
let server: string | undefined

async function databaseAnswers(): Promise<boolean> {
  const started = await sql('SELECT pg_postmaster_start_time()::text', 'postgres')
  if (started === undefined || started !== server) {
    if (server !== undefined) say('database', false)
    server = undefined
    if (started === undefined) return false
    const segments = await sql(`SELECT count(*)::int FROM gp_dist_random('gp_id')`, 'postgres')
    if (Number(segments ?? 0) > 0) server = started
  }
  return server !== undefined
}

/** Asked until it is there, in the server that is there. */
let extensionOf: string | undefined

async function extensionIsThere(): Promise<boolean> {
  if (server === undefined) return false
  const asked = server
  if (
    extensionOf !== asked &&
    (await sql(`SELECT 1 FROM pg_extension WHERE extname = 'pxf'`, database)) === '1'
  )
    extensionOf = asked
  return extensionOf === asked
}

const questions: Readonly<Record<Question, () => Promise<boolean>>> = {
  database: databaseAnswers,
  extension: extensionIsThere,
  pxf: () => answers(5888, '/actuator/health'),
  livez: () => answers(8008, '/livez'),
  gpdb: () => answers(8008, '/readyz?for=gpdb'),
  readyz: () => answers(8008, '/readyz'),
}
const ofSupervisor: readonly string[] = ['livez', 'gpdb', 'readyz']

const last = new Map<string, boolean>()

function say(what: Question, ok: boolean): void {
  if ((last.get(what) ?? false) === ok) return
  last.set(what, ok)
  process.stdout.write(`${JSON.stringify({ what, ok, at: Date.now() } satisfies Change)}\n`)
}

async function keepAsking(what: Question): Promise<never> {
  for (;;) {
    const ok = await questions[what]()
    say(what, ok)
    await new Promise((resolve) => setTimeout(resolve, ok ? calmMs : everyMs))
  }
}

process.stdin.resume().on('end', () => process.exit(0))
for (const what of Object.keys(questions) as Question[])
  if (supervised || !ofSupervisor.includes(what)) void keepAsking(what)
