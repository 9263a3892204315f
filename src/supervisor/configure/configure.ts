/**
 * What the database needs once it serves: the pg_hba rule, extension `pxf`, custom protocols, the SQL of the image,
 * and, where it is asked for, one query as proof of the whole. Each part is retried where that can help, and kept
 * true for the rest of the run.
 */
import { sleep } from '../../time.ts'
import { configureExtensions, reconcileExtensions } from './extensions.ts'
import { configureHba, reconcileHba } from './hba.ts'
import { reconcilePassword } from './password.ts'
import type { ConfigurePorts } from './ports.ts'

/** How often rule, extension and protocols are looked at once the database is configured. */
const checkEveryMs = 30_000

/** Configures, then keeps it so until `signal` aborts. */
export async function configureDatabase(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const password = reconcilePassword(ports, signal)
  // What is verified with the password below must find it set.
  if (ports.config.greenplum.passwordSync) await password
  const work: Promise<void>[] = [password]
  if (isWanted(ports, 'hba')) work.push(configureHba(ports, signal))
  if (isWanted(ports, 'extensions')) work.push(configureExtensions(ports, signal))
  await Promise.all(work)
  await keepTrue(ports, signal)
}

const isWanted = ({ board }: ConfigurePorts, part: 'hba' | 'extensions'): boolean =>
  board.components()[part].state !== 'disabled'

/** Looks again for the rest of the run: an extension may be dropped, a wrong password may be mended. */
async function keepTrue(ports: ConfigurePorts, signal: AbortSignal): Promise<void> {
  const stopped = () => signal.aborted
  const { board } = ports
  while (!stopped()) {
    await sleep(checkEveryMs, signal)
    // A database that is down says so itself; the rest is judged when it is back.
    if (stopped() || board.components().gpdb.state !== 'ready') continue
    if (board.components().hba.state === 'failed') await reconcileHba(ports, signal, { reload: true })
    if (isWanted(ports, 'extensions')) await reconcileExtensions(ports, signal)
  }
}
