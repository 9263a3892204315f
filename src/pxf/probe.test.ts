import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { markStartLogs, observeJvm, startFailure } from './probe.ts'

const fromTheBeginning = { output: 0, service: 0 }

it('answers with the last lines of what PXF said, and never throws', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  const file = join(base, 'logs/pxf-app.out')
  expect(await startFailure(base, fromTheBeginning)).toBe(`${file} is empty`)
  // As Docker makes it of a bind mount whose source is missing.
  mkdirSync(file, { recursive: true })
  expect(await startFailure(base, fromTheBeginning)).toBe(`${file} is empty`)
  rmSync(file, { recursive: true })
  writeFileSync(file, `${Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n')}\n`)
  expect((await startFailure(base, fromTheBeginning)).split('\n')).toEqual(
    Array.from({ length: 12 }, (_, i) => `line ${i + 28}`),
  )
})

it('takes nothing that an earlier start wrote for what this one says', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  mkdirSync(join(base, 'logs'))
  const file = join(base, 'logs/pxf-app.out')
  expect(await markStartLogs(base)).toEqual({ output: 0, service: 0 })
  writeFileSync(file, 'java.net.BindException: Address already in use\n')
  const marks = await markStartLogs(base)
  expect(await startFailure(base, marks)).toBe(`nothing was written to ${file}`)
  appendFileSync(file, 'another cause\n')
  expect(await startFailure(base, marks)).toBe('another cause')
  // A file that was cut meanwhile is new as a whole.
  writeFileSync(file, 'short\n')
  expect(await startFailure(base, marks)).toBe('short')
})

it('cannot tell of a JVM whose pid file cannot be read, nor what it said in a log that cannot', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  expect(await observeJvm(base)).toEqual({ state: 'none' })
  for (const path of ['run/pxf-app.pid', 'logs/pxf-app.out']) {
    mkdirSync(join(base, path, '..'), { recursive: true })
    symlinkSync(join(base, path), join(base, path))
  }
  expect(await observeJvm(base)).toMatchObject({ state: 'unknown' })
  expect(await startFailure(base, fromTheBeginning)).toMatch(/pxf-app\.out cannot be read: ELOOP/)
})

/** Of a PXF 6.10 whose application lacked a part, with the log's own prefix left out. */
const springReport = `
***************************
APPLICATION FAILED TO START
***************************

Description:

Web server failed to start. Port 5888 was already in use.

Action:

Identify and stop the process that's listening on port 5888
`

it('says what the application says of its own failure, rather than its banner', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  mkdirSync(join(base, 'logs'))
  writeFileSync(join(base, 'logs/pxf-app.out'), ':: Built with Spring Boot :: 2.7.18\n')
  writeFileSync(join(base, 'logs/pxf-service.log'), `INFO Starting PxfServiceApplication\n${springReport}`)
  expect(await startFailure(base, fromTheBeginning)).toBe(
    'Web server failed to start. Port 5888 was already in use.',
  )
  // The next start dies before it comes to that.
  const marks = await markStartLogs(base)
  appendFileSync(join(base, 'logs/pxf-app.out'), 'Unrecognized option: -Xbogus\n')
  expect(await startFailure(base, marks)).toBe('Unrecognized option: -Xbogus')
})
