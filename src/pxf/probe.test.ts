import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { observeJvm, startLogTail } from './probe.ts'

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
