/** What PXF says of itself: any bytes as its metrics. Any text as the value of a label of ours. */
import assert from 'node:assert/strict'
import { exposition, gauge, sample } from '../../../src/health/exposition.ts'
import { pxfMetrics } from '../../../src/pxf/metrics.ts'
import { assertLinear } from './linear.ts'

const escapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString()
  for (const { samples } of pxfMetrics(text))
    for (const { value } of samples) assert.ok(value >= 0, `${value}`)
  const [, , line = '', ...rest] = exposition([gauge('x', 'h', [sample({ a: text }, 1)])]).split('\n')
  assert.deepEqual(rest, [''], 'a label ends no line')
  const [, inside] = /^gp_supervisor_x\{a="((?:[^"\\]|\\[\\"n])*)"\} 1$/.exec(line) ?? []
  assert.equal(
    inside?.replaceAll(/\\./g, (pair) => escapes[pair] ?? pair),
    text,
  )
  assertLinear(data, (long) => pxfMetrics(long.toString()))
}
