/** Logs a finding: the level follows from its severity, the fields are the finding itself. */
import type { Severity } from '../findings/catalogue/entry.ts'
import type { Finding } from '../findings/finding.ts'
import type { Logger } from './logger.ts'

const levels = { refuse: 'error', error: 'error', warning: 'warn', note: 'info' } as const satisfies Record<
  Severity,
  keyof Logger
>

export function logFinding(logger: Pick<Logger, 'info' | 'warn' | 'error'>, finding: Finding): void {
  logger[levels[finding.severity]]('finding', { ...finding })
}
