/** `pg_hba.conf`: any bytes as the file. */
import assert from 'node:assert/strict'
import { letsClientsIn, withHbaRule, type HbaRule } from '../../../src/hba/rule.ts'
import { logicalLines } from '../../../src/hba/tokens.ts'
import { assertLinear } from './linear.ts'

const rules: readonly HbaRule[] = ['gpadmin', 'all', 'a"b', 'a b'].flatMap((user) =>
  (['trust', 'md5'] as const).map((method) => ({ user, method })),
)
/** Of a user whom the file does not know. */
const inserted = /host all "nobody else" samehost trust\r?\n/

export function fuzz(data: Uint8Array): void {
  const text = Buffer.from(data).toString('latin1')
  assert.equal(
    logicalLines(text)
      .map(({ start, end }) => text.slice(start, end))
      .join(''),
    text,
    'every byte is in exactly one line',
  )
  const rule = rules[data.length % rules.length] ?? { user: 'gpadmin', method: 'trust' }
  const once = withHbaRule(text, rule)
  assert.equal(withHbaRule(once, rule), once, 'a second time changes nothing')
  assert.equal(withoutOwn(once, rule), withoutOwn(text, rule), 'every other line is kept')
  if (!text.includes('nobody else')) {
    const result = withHbaRule(text, { user: 'nobody else', method: 'trust' })
    assert.equal(result.split(inserted).length, 2)
    assert.equal(result.replace(inserted, ''), text, 'every other byte is kept')
  }
  letsClientsIn(text)
  assertLinear(data, (long) => withHbaRule(long.toString('latin1'), { user: 'gpadmin', method: 'trust' }))
}

/** The lines whose fields are not those of the rule; a last line may get the end that it lacked. */
function withoutOwn(text: string, { user }: HbaRule): string {
  const body = text.replace(/^(?:\uFEFF|\u00EF\u00BB\u00BF)/, '')
  return logicalLines(body)
    .filter(({ readings: [fields = []], continued, open }) => {
      const words = fields.map((field) => field.map((token) => token.text).join(','))
      const isRule = words.length === 5 && words.slice(0, 4).join(' ') === `host all ${user} samehost`
      return continued || open || !isRule
    })
    .map(({ start, end }) => body.slice(start, end))
    .join('')
}
