/** Logs in to each JDBC source, through PXF itself: with its driver, its site file and from its network. */
import { isHealthy } from '../pxf/probe.ts'
import { askPxf, type PxfAnswer, type PxfService } from '../pxf/request.ts'
import { sleep } from '../time.ts'

export type Login =
  | { readonly kind: 'in' }
  /** Not a login, in the words of PXF, the driver or the source. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'silence'; readonly reason: string }
  | { readonly kind: 'untried'; readonly reason: string }

/** That the source complains about this table shows that it let PXF in. */
export const checkTable = 'gp_supervisor_login_check'

interface Patience {
  readonly limitMs: number
  /** After this a second question is asked beside the first. */
  readonly hangsMs: number
}

/** A login takes milliseconds; the first one after a start of PXF takes seconds, and a dead source 30 s. */
const ordinary: Patience = { limitMs: 8000, hangsMs: 2500 }
/** Nothing begins later than this after the first, so that the doctor keeps its time. */
const beginWithinMs = 5000
/** Each holds a thread of PXF and a session of a source. */
const atOnce = 8

export const noAnswer = 'PXF does not answer'

/** @param servers names of folders in PXF_BASE/servers */
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
          ? { kind: 'untried', reason: `there was no time left: ${servers.length} servers` }
          : await tryLogin(pxf, server, patience),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, servers.length) }, worker))
  return logins
}

/**
 * PXF keeps a pool of connections for each name of a server. An old connection proves nothing of a password, and a pool
 * that cannot make a new one hangs for 30 s before it says anything. So the question comes under a name of its own (CONFIG
 * names the folder), one of a few that take turns, for PXF keeps a pool for hours; and, where it hangs, under a new one.
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

/** Silence is no answer as long as another may come. */
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
  // Quoted or in capitals, as the source has it; Oracle and others do not name the table.
  if (
    answer.message.toLowerCase().includes(checkTable) ||
    /table or view does not exist/i.test(answer.message)
  )
    return { kind: 'in' }
  return { kind: 'refused', message: answer.message.replaceAll(alias, server) }
}
