/** Which records of a server's log are wanted by default: warnings and worse, and its start and stop. Pure. */
import type { Header } from './csv-layout.ts'

const wanted: ReadonlySet<string> = new Set(['WARNING', 'ERROR', 'FATAL', 'PANIC'])

/** What the processes of a server say of its start, its stop, its recovery and of children that died (postmaster.c, xlog.c). */
const lifecycle =
  /^(starting |listening on |database system |redo (starts|done|is not)|received |aborting any active|shutting down|terminating any other|all server processes|entering standby|selected new timeline|archive recovery|started streaming|consistent recovery)|\(PID \d+\) (was terminated|exited with)/

export const isWanted = ({ severity, isOfServer, message }: Header): boolean =>
  wanted.has(severity) || (severity === 'LOG' && isOfServer && lifecycle.test(message))
