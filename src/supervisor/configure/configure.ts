/**
 * What the database needs once it serves: the pg_hba rule, extension `pxf`, custom protocols, the SQL of the image,
 * and, where it is asked for, one query as proof of the whole. Each part is retried where that can help, and kept
 * true for the rest of the run.
 */
import type { ComponentName } from '../../health/components.ts'
import { sleep } from '../../time.ts'
import { watchDataPath } from './data.ts'
import { configureExtensions, reconcileExtensions } from './extensions.ts'
import { configureHba, reconcileHba } from './hba.ts'
import { reconcilePassword } from './password.ts'
import type { ConfigurePorts } from './ports.ts'
import { concludeProtocols, configureProtocols, reconcileProtocols } from './protocols.ts'
import { createSqlRounds, type SqlRounds } from './sql.ts'

/**
 * How often rule, extension, protocols and the relations of the SQL files are looked at once the
 * database is configured. With the look itself, and what it puts right, what is lost is seen within 30 s.
 */
const checkEveryMs = 25_000

/** Configures, then keeps it so until `signal` aborts. */
export async function configureDatabase(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const password = reconcilePassword(ports, signal)
  // What is verified with the password below must find it set.
  if (ports.config.greenplum.passwordSync) await password
  const work: Promise<void>[] = [password]
  if (isWanted(ports, 'hba')) work.push(configureHba(ports, signal))
  const sql = createSqlRounds(ports)
  work.push(configureObjects(ports, sql, signal))
  await Promise.all([
    watchDataPath(ports, signal),
    Promise.all(work).then(() => keepTrue(ports, sql, signal)),
  ])
}

/** In this order, because each rests on what is before it. */
async function configureObjects(ports: ConfigurePorts, sql: SqlRounds, signal: AbortSignal): Promise<void> {
  if (isWanted(ports, 'extensions')) await configureExtensions(ports, signal)
  if (isWanted(ports, 'protocols') && !signal.aborted) await configureProtocols(ports, signal)
  if (isWanted(ports, 'sql') && !signal.aborted) await sql.apply(signal, 'first')
  if (!signal.aborted) await concludeProtocols(ports, signal)
}

const isWanted = ({ board }: ConfigurePorts, part: ComponentName): boolean =>
  board.components()[part].state !== 'disabled'

/** Looks again for the rest of the run: an extension may be dropped, a wrong password may be mended. */
async function keepTrue(ports: ConfigurePorts, sql: SqlRounds, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  const { board } = ports
  while (!stopped()) {
    await sleep(checkEveryMs, signal)
    // A database that is down says so itself; the rest is judged when it is back.
    if (stopped() || board.components().gpdb.state !== 'ready') continue
    if (board.components().hba.state === 'failed') await reconcileHba(ports, signal, { reload: true })
    // Before what they rest on is there again: until they are back, too, nobody is told that all is ready.
    if (board.components().sql.state === 'ready') await sql.look(signal)
    if (isWanted(ports, 'extensions')) await reconcileExtensions(ports, signal)
    if (isWanted(ports, 'protocols')) await reconcileProtocols(ports, signal, { thorough: false })
    if (board.components().sql.state === 'failed' && !stopped()) await sql.apply(signal, 'later')
  }
}
