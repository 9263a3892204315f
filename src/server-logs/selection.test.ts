import { describe, expect, it } from 'vitest'
import { csv, layoutNamed } from './csv.fixture.ts'
import { headerAt } from './csv-layout.ts'
import { isWanted } from './selection.ts'

const wanted = (severity: string, message: string, isServer = true): boolean => {
  const record = csv(severity, message, isServer ? { user: '', database: '' } : {}).greenplum
  const header = headerAt(Buffer.from(record), 0, layoutNamed('greenplum'))
  if (header === undefined) throw new Error(`no header: ${record}`)
  return isWanted(header)
}

describe('by default', () => {
  it.each(['WARNING', 'ERROR', 'FATAL', 'PANIC'])('%s is wanted, of whomever', (severity) => {
    expect([wanted(severity, 'x'), wanted(severity, 'x', false)]).toEqual([true, true])
  })

  it.each(['LOG', 'INFO', 'NOTICE', 'DEBUG1'])('%s is not', (severity) => {
    expect([wanted(severity, 'x'), wanted(severity, 'x', false)]).toEqual([false, false])
  })

  it.each([
    'starting PostgreSQL 12.12 (Greenplum Database 7.0.0-beta.0) on x86_64-unknown-linux-gnu',
    'database system was shut down at 2026-11-27 03:14:15 UTC',
    'database system was interrupted; last known up at 2026-11-27 03:14:15 UTC',
    'database system was not properly shut down; automatic recovery in progress',
    'redo starts at 0/C000060',
    'database system is ready to accept connections',
    'received fast shutdown request',
    'aborting any active transactions',
    'shutting down',
    'database system is shut down',
    'server process (PID 4242) was terminated by signal 9: Killed',
    'terminating any other active server processes',
    'all server processes terminated; reinitializing',
  ])('what a server says of its start and stop is: %s', (message) => {
    expect(wanted('LOG', message)).toBe(true)
    // Whoever logs the same in a session, does not.
    expect(wanted('LOG', message, false)).toBe(false)
  })

  it.each([
    'checkpoint starting: time',
    'connection received: host=[local]',
    'automatic vacuum of table "x"',
  ])('anything else of a server is not: %s', (message) => {
    expect(wanted('LOG', message)).toBe(false)
  })
})
