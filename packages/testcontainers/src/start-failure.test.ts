import { expect, it } from 'vitest'
import { emptyDigest, withLine } from './log-digest.ts'
import { hasGivenUp, startError, type Failure } from './start-failure.ts'

const record = (fields: object): string =>
  JSON.stringify({ level: 'info', component: 'supervisor', ...fields })
const digestOf = (...lines: string[]) => lines.reduce(withLine, emptyDigest)
const messageOf = (failure: Failure, ...lines: string[]): string =>
  startError('my/greenplum:6', failure, digestOf(...lines)).message

const ended = { kind: 'ended', exitCode: 78, outOfMemory: false } as const
const last = record({
  level: 'error',
  exitCode: 78,
  reason: 'cannot apply',
  msg: 'exit 78: everything was shut down cleanly, verified; fix this, then start the container again: cannot apply 90-001-init.sql:1: syntax error',
})
const finding = record({
  msg: 'finding',
  id: 'sql.failed',
  severity: 'error',
  text: 'cannot apply the file',
  cause: 'a syntax error',
  fix: 'correct it',
})

it('has the last line of the log', () => {
  expect(messageOf(ended, 'host keys are made', record({ msg: 'starting' }), last)).toBe(
    'cannot start my/greenplum:6: exit 78: everything was shut down cleanly, verified; fix this, then start the container again: cannot apply 90-001-init.sql:1: syntax error',
  )
})

it('has the findings, each once, and not those that are only warnings', () => {
  const warning = record({ msg: 'finding', id: 'place.memory', severity: 'warning', text: 'little memory' })
  expect(messageOf(ended, finding, warning, finding, last)).toMatch(
    /syntax error\nsql.failed: cannot apply the file: a syntax error; fix: correct it$/,
  )
})

it('has the plain text of a container that ended before the log had its format', () => {
  const text = ['cannot use the configuration: 1 fault', '  - GREENPLUM_USER is "root"; not allowed']
  expect(messageOf(ended, ...text)).toBe(
    'cannot start my/greenplum:6: the container ended with exit code 78\n' +
      'cannot use the configuration: 1 fault\n  - GREENPLUM_USER is "root"; not allowed',
  )
})

it('says that the memory was not enough', () => {
  expect(messageOf({ kind: 'ended', exitCode: 137, outOfMemory: true })).toBe(
    'cannot start my/greenplum:6: the container ended with exit code 137 (out of memory)',
  )
})

it('has what the probe says, and the last error, when the time is over', () => {
  const failed = { level: 'error', msg: 'SQL file failed' }
  const probe =
    'not ready (degraded)\nsql: failed since 2026-11-21T08:32:59.121Z: cannot apply 90-001-init.sql'
  expect(
    messageOf(
      { kind: 'timeout', ms: 300_000, probe },
      record({ ...failed, reason: 'earlier' }),
      record({ ...failed, reason: 'later' }),
    ),
  ).toBe(`cannot start my/greenplum:6: not ready after 300 s\n${probe}\nSQL file failed: later`)
})

it('does without a probe', () => {
  expect(messageOf({ kind: 'timeout', ms: 1500, probe: '' })).toBe(
    'cannot start my/greenplum:6: not ready after 1.5 s',
  )
})

it('tells a component that failed for good from one that is still tried', () => {
  const probe = (state: string) =>
    `not ready (degraded)\npxf: ${state} since 2026-11-21T08:32:59.121Z: no Java`
  expect(hasGivenUp(probe('failed for good'))).toBe(true)
  expect(hasGivenUp(probe('failed'))).toBe(false)
})
