import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startLogTail } from './probe.ts'

it('answers with the last lines of what PXF said, and never throws', async () => {
  const base = mkdtempSync(join(tmpdir(), 'gp-pxf-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  const file = join(base, 'logs/pxf-app.out')
  expect(await startLogTail(base)).toBe(`${file} says nothing`)
  // As Docker makes it of a bind mount whose source is missing.
  mkdirSync(file, { recursive: true })
  expect(await startLogTail(base)).toBe(`${file} says nothing`)
  rmSync(file, { recursive: true })
  writeFileSync(file, `${Array.from({ length: 40 }, (_, i) => `line ${i}`).join('\n')}\n`)
  expect((await startLogTail(base)).split('\n')).toEqual(
    Array.from({ length: 12 }, (_, i) => `line ${i + 28}`),
  )
})
