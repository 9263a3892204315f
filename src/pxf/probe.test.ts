import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { observeJvm, startLogEnd, startLogTail } from './probe.ts'

it('answers with the last lines of what PXF said, and never throws', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  const file = join(base, 'logs/pxf-app.out')
  expect(await startLogTail(base)).toBe(`${file} is empty`)
  // As Docker makes it of a bind mount whose source is missing.
  mkdirSync(file, { recursive: true })
  expect(await startLogTail(base)).toBe(`${file} is empty`)
  rmSync(file, { recursive: true })
  writeFileSync(file, `${Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n')}\n`)
  expect((await startLogTail(base)).split('\n')).toEqual(
    Array.from({ length: 12 }, (_, i) => `line ${i + 28}`),
  )
})

it('takes nothing that an earlier start wrote for what this one says', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  mkdirSync(join(base, 'logs'))
  const file = join(base, 'logs/pxf-app.out')
  expect(await startLogEnd(base)).toBe(0)
  writeFileSync(file, 'java.net.BindException: Address already in use\n')
  const end = await startLogEnd(base)
  expect(await startLogTail(base, end)).toBe(`nothing was written to ${file}`)
  appendFileSync(file, 'another cause\n')
  expect(await startLogTail(base, end)).toBe('another cause')
  // A file that was cut meanwhile is new as a whole.
  writeFileSync(file, 'short\n')
  expect(await startLogTail(base, end)).toBe('short')
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
  expect(await startLogTail(base)).toMatch(/pxf-app\.out cannot be read: ELOOP/)
})
