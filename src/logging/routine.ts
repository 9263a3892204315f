/**
 * What is known to be routine, and tells a person nothing that another line does not: LOG_FORMAT=pretty leaves it out,
 * unless LOG_LEVEL asks for details. What is not known is never routine, and no warning or error is. Pure.
 */
import type { LogRecord } from './record.ts'

/** Of the start script and of gpssh-exkeys, which it runs. */
const ofScript =
  /^(Creating directory: |\[STEP \d+ of \d+\] | {2}\.\.\. |\[INFO\] completed successfully$|\.+$)/

/** Of a server that starts and stops as it should (postmaster.c, xlog.c); a recovery is no routine. The last two go to clients. */
const ofServers =
  /^(starting \S+ \d|listening on |database system (was shut down at|is ready|is shut down)|received (SIGHUP|smart|fast)|aborting any active|shutting down$|background worker "[^"]*" \(PID \d+\) exited with exit code [01]$|the database system is (starting up|shutting down)$)/

/** Of `pxf start` and `pxf stop`; the supervisor itself says what PXF is doing. */
const ofPxf =
  /^(Starting PXF with properties:$| {3}[A-Z_]+=|Checking if PXF is up |PXF (started|stopped) \[pid|Stopping PXF \[pid)/

/** Of this program: another line follows at once that says the same. */
const own: ReadonlySet<string> = new Set(['phase', 'PXF is ready'])

export function isRoutine({ level, component, tool, content, msg, line = msg }: LogRecord): boolean {
  if (level !== 'info') return level === 'debug' || level === 'trace'
  switch (component) {
    case 'supervisor':
      return own.has(msg)
    // This program's own lines among them say how it starts the servers.
    case 'gp-tool':
      return tool !== 'gp-supervisor'
    case 'pxf':
      return tool === undefined ? own.has(msg) : ofPxf.test(line)
    case 'gpdb':
      return content === undefined ? ofScript.test(line) : ofServers.test(msg)
  }
}
