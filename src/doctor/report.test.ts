import { describe, expect, it } from 'vitest'
import { finding } from '../findings/finding.ts'
import type { Diagnosis } from './diagnosis.ts'
import { asJson, asText } from './report.ts'

const seen = [
  { topic: 'configuration', text: 'every variable is valid' },
  { topic: 'volume', text: '/data: initialized; previous stop: none' },
  { topic: 'pxf', text: 'does not respond' },
] as const

const ill: Diagnosis = {
  seen,
  findings: [
    finding('stop.killed', { text: 'the last run was killed', cause: 'power', fix: 'x' }),
    finding('pxf.down', {
      text: 'PXF does not respond: Connection refused (port 5888)',
      cause:
        'its JVM is gone; last lines of logs/pxf-app.out:\nException in thread "main"\n\tat a.B(c.java:1)',
      fix: 'write ${…} out',
    }),
    { ...finding('pxf.complained', { text: 'a note', fix: 'nothing' }), severity: 'note' },
  ],
}

describe('the report', () => {
  it('for people is plain ASCII, by topic, and ends with its sum', () => {
    expect(asText(ill)).toBe(
      `volume
  warning  the last run was killed
           cause: power
           fix: x

pxf
  error    PXF does not respond: Connection refused (port 5888)
           cause: its JVM is gone; last lines of logs/pxf-app.out:
             Exception in thread "main"
             \tat a.B(c.java:1)
           fix: write \${...} out
  note     a note
           fix: nothing

without findings:
  configuration every variable is valid

1 error, 1 warning, 1 note`,
    )
  })

  it('of a stand that is well says what was looked at', () => {
    expect(asText({ findings: [], seen })).toBe(
      `no findings. Inspected:
  configuration every variable is valid
  volume        /data: initialized; previous stop: none
  pxf           does not respond`,
    )
  })

  it('for machines has findings and summary', () => {
    expect(JSON.parse(asJson(ill))).toEqual({
      findings: [
        { topic: 'volume', ...ill.findings[0] },
        { topic: 'pxf', ...ill.findings[1] },
        { topic: 'pxf', ...ill.findings[2] },
      ],
      summary: {
        errors: 1,
        warnings: 1,
        notes: 1,
        lookedAt: {
          configuration: 'every variable is valid',
          volume: '/data: initialized; previous stop: none',
          pxf: 'does not respond',
        },
      },
    })
  })
})
