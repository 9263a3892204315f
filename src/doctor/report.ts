/** The diagnosis for eyes, in plain ASCII, and for machines. Pure. */
import { topics, type Diagnosis, type Finding, type Level } from './finding.ts'

export function asText(diagnosis: Diagnosis): string {
  const { findings, seen } = diagnosis
  const clear = seen.filter(({ topic }) => !findings.some((finding) => finding.topic === topic))
  const lines = [
    ...topics.flatMap((topic) => section(findings.filter((finding) => finding.topic === topic))),
    ...(findings.length === 0
      ? ['nothing found. Looked at:']
      : clear.length > 0
        ? ['without findings:']
        : []),
    ...clear.map(({ topic, text }) => `  ${topic.padEnd(14)}${text}`),
    ...(findings.length === 0 ? [] : ['', summaryOf(findings)]),
  ]
  return plain(lines.join('\n'))
}

function section(findings: readonly Finding[]): string[] {
  const [first] = findings
  return first === undefined ? [] : [first.topic, ...findings.flatMap(lineOf), '']
}

const indent = ' '.repeat(9)

function lineOf({ level, text, cause, mend }: Finding): string[] {
  const below = (what: string, words: string) => (words === '' ? [] : [indented(`${what}: ${words}`)])
  return [
    `  ${level.padEnd(7)}${indented(text).trimStart()}`,
    ...below('cause', cause),
    ...below('mend', mend),
  ]
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`)
    .join('\n')

/** Our own words have it; a terminal without UTF-8 does not. */
const plain = (text: string): string => text.replaceAll('…', '...')

export function countsOf(
  findings: readonly Finding[],
): Readonly<Record<'errors' | 'warnings' | 'notes', number>> {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length
  return { errors: count('error'), warnings: count('warn'), notes: count('note') }
}

/** `2 errors, 1 warning`. */
function summaryOf(findings: readonly Finding[]): string {
  const { errors, warnings, notes } = countsOf(findings)
  const counted = [counted1(errors, 'error'), counted1(warnings, 'warning')]
  return [...counted, ...(notes === 0 ? [] : [counted1(notes, 'note')])].join(', ')
}

const counted1 = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

export function asJson({ findings, seen }: Diagnosis): string {
  const lookedAt = Object.fromEntries(seen.map(({ topic, text }) => [topic, text]))
  return JSON.stringify({ findings, summary: { ...countsOf(findings), lookedAt } }, null, 2)
}
