/** Site files with placeholders: the bytes up to the first NUL are the file, and what follows are the values. */
import assert from 'node:assert/strict'
import { renderSite } from '../../../src/seeding/render.ts'
import { xmlFault } from '../../../src/seeding/xml.ts'
import { assertLinear } from './linear.ts'

export function fuzz(data: Uint8Array): void {
  const { template, environment } = inputOf(data)
  const { content, masked, faults, unfilled, filled } = renderSite(template, environment)
  const lines = Buffer.from(template).toString('latin1').split('\n').length
  const reasons = [...faults, ...unfilled].map(({ line, reason }) => {
    assert.ok(line >= 1 && line <= lines, 'a fault has a line of the file')
    return reason
  })
  if (!filled) assert.ok(content.equals(template), 'a file without placeholders is kept')
  const ofMasked = xmlFault(masked)
  const ofContent = xmlFault(content)
  if (reasons.length === 0 && ofMasked === undefined)
    assert.deepEqual(ofContent, undefined, 'what is checked without values is well-formed with them')
  const said = [...reasons, ofMasked?.reason, ofContent?.reason].join('\n')
  assert.ok(!said.includes(marker) || template.includes(marker), 'no fault has a value in it')
  assertLinear(data, (long) => xmlFault(renderSite(long, environment).content))
}

/** Every value begins with it. */
const marker = 'hunter2-'

function inputOf(data: Uint8Array): { template: Buffer; environment: Readonly<Record<'A' | 'B', string>> } {
  const text = Buffer.from(data)
  const nul = text.indexOf(0)
  if (nul < 0) return { template: text, environment: { A: `${marker}&<"]]>-value`, B: '' } }
  const [A = '', B = ''] = text
    .subarray(nul + 1)
    .toString()
    .split('\0')
  // An empty one has a meaning of its own.
  return {
    template: text.subarray(0, nul),
    environment: { A: `${marker}${A}`, B: B === '' ? '' : `${marker}${B}` },
  }
}
