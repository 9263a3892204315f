/** Logs in to each JDBC source through PXF itself, with its driver, its site file and its network. */
import { isHealthy } from '../pxf/probe.ts'
import { askPxf, type PxfAnswer, type PxfService } from '../pxf/request.ts'
import { sleep } from '../time.ts'

export type Login =
  | { readonly kind: 'in' }
  /** The login failed, with an error from PXF, the driver or the source. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'silence'; readonly reason: string }
  | { readonly kind: 'untried'; readonly reason: string }

/** An error of the source about this table shows that the login succeeded. */
export const checkTable = 'gp_supervisor_login_check'

interface Patience {
  readonly limitMs: number
  /** After this time a second request is sent in parallel. */
  readonly hangsMs: number
}

/** A login takes milliseconds; the first one after a start of PXF takes seconds, and a dead source 30 s. */
const ordinary: Patience = { limitMs: 8000, hangsMs: 2500 }
/** No login is started later than this after the first, so that the doctor stays within its time limit. */
const beginWithinMs = 5000
/** Each login occupies a thread of PXF and a session of a source. */
const atOnce = 8

export const noAnswer = 'PXF does not respond'

/** @param servers names of directories in PXF_BASE/servers */
export async function tryLogins(
  pxf: PxfService,
  servers: readonly string[],
  patience: Patience = ordinary,
): Promise<ReadonlyMap<string, Login>> {
  const logins = new Map<string, Login>()
  if (servers.length === 0) return logins
  if (!(await isHealthy(pxf.port)))
    return new Map(servers.map((server) => [server, { kind: 'untried', reason: noAnswer }]))
  const began = performance.now()
  const left = [...servers]
  const worker = async () => {
    for (let server = left.shift(); server !== undefined; server = left.shift()) {
      const isLate = performance.now() - began > beginWithinMs
      logins.set(
        server,
        isLate
          ? { kind: 'untried', reason: `there was not enough time for ${servers.length} servers` }
          : await tryLogin(pxf, server, patience),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, servers.length) }, worker))
  return logins
}

/**
 * PXF keeps a connection pool for each server name. An old connection verifies no password, and a pool that cannot open
 * a new one hangs for 30 s before it returns an error. The request therefore uses a server name of its own (CONFIG
 * names the directory). It is one of a few that take turns, because PXF keeps a pool for hours. If it hangs, a new name
 * is used.
 */
async function tryLogin(pxf: PxfService, server: string, { limitMs, hangsMs }: Patience): Promise<Login> {
  const turn = Math.floor(Date.now() / 5000) % 12
  const first = ask(pxf, { server, alias: `gp_supervisor_${turn}`, timeoutMs: limitMs })
  const answered = new AbortController()
  const early = await Promise.race([
    first.finally(() => answered.abort()),
    sleep(hangsMs, answered.signal).then(() => undefined),
  ])
  if (early !== undefined) return early
  const timeoutMs = limitMs - hangsMs
  const second = ask(pxf, { server, alias: `gp_supervisor_at_${Date.now()}`, timeoutMs })
  return Promise.any([first, second].map(spoken)).catch(() => first)
}

/** No response is not a result while another request may still return one. */
async function spoken(asked: Promise<Login>): Promise<Login> {
  const login = await asked
  if (login.kind === 'silence') throw new Error(login.reason)
  return login
}

async function ask(
  pxf: PxfService,
  {
    server,
    alias,
    timeoutMs,
  }: { readonly server: string; readonly alias: string; readonly timeoutMs: number },
): Promise<Login> {
  const answer = await askPxf(pxf, {
    resource: checkTable,
    options: { PROFILE: 'jdbc', SERVER: alias, CONFIG: server },
    format: 'GPDBWritable',
    timeoutMs,
  })
  return loginOf(answer, { alias, server })
}

/** Pure. */
export function loginOf(
  answer: PxfAnswer,
  { alias, server }: { readonly alias: string; readonly server: string },
): Login {
  if (answer.kind === 'rows') return { kind: 'in' }
  if (answer.kind === 'silence') return answer
  // The source may quote the name or use upper case. Oracle and others do not name the table.
  if (
    answer.message.toLowerCase().includes(checkTable) ||
    /table or view does not exist/i.test(answer.message)
  )
    return { kind: 'in' }
  return { kind: 'refused', message: answer.message.replaceAll(alias, server) }
}
