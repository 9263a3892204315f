/** Formats the diagnosis as human-readable plain ASCII, or as JSON. Pure. */
import { topicNames, topicOf, type Topic } from '../findings/catalogue.ts'
import type { Finding } from '../findings/finding.ts'
import { countsOf, type Diagnosis } from './diagnosis.ts'

export function asText(diagnosis: Diagnosis): string {
  const { findings, seen } = diagnosis
  const of = (topic: Topic) => findings.filter(({ id }) => topicOf(id) === topic)
  const clear = seen.filter(({ topic }) => of(topic).length === 0)
  const lines = [
    ...topicNames.flatMap((topic) => section(topic, of(topic))),
    ...(findings.length === 0 ? ['no findings. Inspected:'] : clear.length > 0 ? ['without findings:'] : []),
    ...clear.map(({ topic, text }) => `  ${topic.padEnd(14)}${text}`),
    ...(findings.length === 0 ? [] : ['', summaryOf(findings)]),
  ]
  return plain(lines.join('\n'))
}

const section = (topic: Topic, findings: readonly Finding[]): string[] =>
  findings.length === 0 ? [] : [topic, ...findings.flatMap(lineOf), '']

const indent = ' '.repeat(11)

function lineOf({ severity, text, cause, fix }: Finding): string[] {
  const below = (what: string, words: string) => (words === '' ? [] : [indented(`${what}: ${words}`)])
  return [
    `  ${severity.padEnd(9)}${indented(text).trimStart()}`,
    ...below('cause', cause),
    ...below('fix', fix),
  ]
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`)
    .join('\n')

/** The program's own texts contain it, but a terminal without UTF-8 cannot show it. */
const plain = (text: string): string => text.replaceAll('…', '...')

/** `2 errors, 1 warning`. */
function summaryOf(findings: readonly Finding[]): string {
  const { errors, warnings, notes } = countsOf(findings)
  const counted = [counted1(errors, 'error'), counted1(warnings, 'warning')]
  return [...counted, ...(notes === 0 ? [] : [counted1(notes, 'note')])].join(', ')
}

const counted1 = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

export function asJson({ findings, seen }: Diagnosis): string {
  const lookedAt = Object.fromEntries(seen.map(({ topic, text }) => [topic, text]))
  const shown = findings.map((one) => ({ topic: topicOf(one.id), ...one }))
  return JSON.stringify({ findings: shown, summary: { ...countsOf(findings), lookedAt } }, null, 2)
}
