import { describe, expect, it } from 'vitest'
import { asJson, asText } from './report.ts'
import type { Diagnosis } from './finding.ts'

const seen = [
  { topic: 'configuration', text: 'every variable can be used' },
  { topic: 'volume', text: '/data: initialized; previous stop: none' },
  { topic: 'pxf', text: 'does not answer' },
] as const

const ill: Diagnosis = {
  seen,
  findings: [
    {
      id: 'stop.killed',
      level: 'warn',
      topic: 'volume',
      text: 'the last run was killed',
      cause: 'power',
      mend: 'x',
    },
    {
      id: 'pxf.down',
      level: 'error',
      topic: 'pxf',
      text: 'PXF does not answer: Connection refused (port 5888)',
      cause:
        'its JVM is gone; last lines of logs/pxf-app.out:\nException in thread "main"\n\tat a.B(c.java:1)',
      mend: 'write ${…} out',
    },
    { id: 'pxf.note', level: 'note', topic: 'pxf', text: 'a note', cause: '', mend: 'nothing' },
  ],
}

describe('the report', () => {
  it('for eyes is plain ASCII, by topic, and ends with its sum', () => {
    expect(asText(ill)).toBe(
      `volume
  warn   the last run was killed
         cause: power
         mend: x

pxf
  error  PXF does not answer: Connection refused (port 5888)
         cause: its JVM is gone; last lines of logs/pxf-app.out:
           Exception in thread "main"
           \tat a.B(c.java:1)
         mend: write \${...} out
  note   a note
         mend: nothing

without findings:
  configuration every variable can be used

1 error, 1 warning, 1 note`,
    )
  })

  it('of a stand that is well says what was looked at', () => {
    expect(asText({ findings: [], seen })).toBe(
      `nothing found. Looked at:
  configuration every variable can be used
  volume        /data: initialized; previous stop: none
  pxf           does not answer`,
    )
  })

  it('for machines has findings and summary', () => {
    expect(JSON.parse(asJson(ill))).toEqual({
      findings: ill.findings,
      summary: {
        errors: 1,
        warnings: 1,
        notes: 1,
        lookedAt: {
          configuration: 'every variable can be used',
          volume: '/data: initialized; previous stop: none',
          pxf: 'does not answer',
        },
      },
    })
  })
})
