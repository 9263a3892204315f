/** What the doctor finds, and what it says of a topic in which it finds nothing. Pure. */
import { topicNames, topicOf, type FindingId, type Topic } from '../findings/catalogue.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'

export interface Diagnosis {
  readonly findings: readonly Finding[]
  /** By topic, one line each. */
  readonly seen: readonly { readonly topic: Topic; readonly text: string }[]
}

/** A look that failed, or took too long: one finding, and the other topics go on. */
export const cannotLook = (topic: Look, reason: string): Opinion => ({
  seen: 'could not be looked at',
  findings: [
    finding(`${topic}.unreadable`, {
      severity: 'warning',
      text: `cannot look at ${described[topic]}: ${reason}`,
      fix: 'fix what the reason names (the doctor looks as the administrator, also when root starts it), then run it again',
    }),
  ],
})

/** What is looked at; the data is the supervisor's to ask for. */
export type Look = Exclude<Topic, 'configuration' | 'supervisor' | 'data'>

const described: Readonly<Record<Look, string>> = {
  volume: 'the volume',
  place: 'host and container',
  database: 'the database',
  pxf: 'PXF',
  seeds: 'the seeds',
  jdbc: 'the JDBC servers',
  tables: 'the external tables',
}

/** Whoever looked at what, a finding is printed where its topic is; the order within a topic stays. */
export function combine(opinions: ReadonlyMap<Topic, Opinion>): Diagnosis {
  const known = topicNames.flatMap((topic) => {
    const opinion = opinions.get(topic)
    return opinion === undefined ? [] : [{ topic, ...opinion }]
  })
  const all = known.flatMap(({ findings }) => findings)
  const sorted = topicNames.flatMap((topic) => all.filter(({ id }) => topicOf(id) === topic))
  return {
    findings: sorted.filter((one) => !isExplained(one, all)),
    seen: known.map(({ topic, seen }) => ({ topic, text: seen })),
  }
}

/** The supervisor's own word on a component is left out where a closer look found the cause. */
const explanations: Readonly<Record<string, readonly FindingId[]>> = {
  seed: ['seeds.fault'],
  gpdb: ['database.down', 'database.refused', 'database.segments'],
  hba: ['hba.rule', 'hba.unverified'],
  extensions: ['extension.missing', 'database.missing'],
  pxf: ['pxf.down'],
}

function isExplained({ id, where }: Finding, all: readonly Finding[]): boolean {
  if (id !== 'component.failed' && id !== 'component.waiting') return false
  return explanations[where]?.some((cause) => all.some((one) => one.id === cause)) ?? false
}

/** What the supervisor refuses is an error for whoever asks why it does not start. */
const isError = (severity: Severity): boolean => severity === 'error' || severity === 'refuse'

export function countsOf(
  findings: readonly Finding[],
): Readonly<Record<'errors' | 'warnings' | 'notes', number>> {
  const count = (is: (severity: Severity) => boolean) => findings.filter((one) => is(one.severity)).length
  return {
    errors: count(isError),
    warnings: count((severity) => severity === 'warning'),
    notes: count((severity) => severity === 'note'),
  }
}

/** 0: nothing is wrong, 1: warnings, 2: errors. */
export function exitCodeOf({ findings }: Diagnosis): 0 | 1 | 2 {
  const { errors, warnings } = countsOf(findings)
  if (errors > 0) return 2
  return warnings > 0 ? 1 : 0
}
