import { join } from 'node:path'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { prettyLine } from '../../src/logging/pretty.ts'
import type { LogRecord } from '../../src/logging/record.ts'
import { repository } from './run-script.ts'

const line = { level: 'error', time: '2026-11-21T08:33:03.216Z', component: 'supervisor' } as const

/** The end of a log of a container that has ended. */
const records: readonly LogRecord[] = [
  {
    ...line,
    id: 'place.disk',
    severity: 'refuse',
    text: 'the disk is full',
    cause: '1 of "2"\nleft',
    fix: 'make room',
    where: '',
    msg: 'finding',
  },
  {
    ...line,
    level: 'info',
    part: 'pxf',
    from: 'pending',
    to: 'starting',
    reason: 'pxf start is running',
    msg: 'component changed',
  },
  { ...line, level: 'warn', component: 'pxf', reason: 'exit code 1', msg: 'PXF is down; restarting it' },
  { ...line, level: 'info', reason: 'SIGTERM', msg: 'stopping' },
  { ...line, exitCode: 78, reason: 'the disk is full', msg: 'exit 78: nothing was running yet\nat all' },
]

it('the log of a container that has ended is shown as LOG_FORMAT=pretty writes it', async () => {
  const { stdout } = await execa('awk', ['-f', join(repository, 'stand/readable-log.awk')], {
    input: records.map((record) => JSON.stringify(record)).join('\n'),
  })
  expect(stdout).toBe(
    records
      .map((record) => prettyLine(record, false))
      .join('')
      .trimEnd(),
  )
})
