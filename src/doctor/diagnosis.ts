/** The doctor's findings, and its summary of each topic without findings. Pure. */
import { topicNames, topicOf, type FindingId, type Topic } from '../findings/catalogue.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'

export interface Diagnosis {
  readonly findings: readonly Finding[]
  /** By topic, one line each. */
  readonly seen: readonly { readonly topic: Topic; readonly text: string }[]
}

/** The result of a check that failed or took too long: one finding. The other topics are not affected. */
export const cannotLook = (topic: Look, reason: string): Opinion => ({
  seen: 'could not be inspected',
  findings: [
    finding(`${topic}.unreadable`, {
      severity: 'warning',
      text: `cannot inspect ${described[topic]}: ${reason}`,
      fix: 'fix the cause given in the reason, then run the doctor again; it runs as the administrator, even if root starts it',
    }),
  ],
})

/** The topics that the doctor inspects itself. Only the supervisor checks the data. */
export type Look = Exclude<Topic, 'configuration' | 'supervisor' | 'data'>

const described: Readonly<Record<Look, string>> = {
  volume: 'the volume',
  place: 'host and container',
  database: 'the database',
  pxf: 'PXF',
  seeds: 'the seed files',
  jdbc: 'the JDBC servers',
  tables: 'the external tables',
}

/** Sorts findings by their own topic, whichever check reported them. The order within a topic is preserved. */
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

/** Findings that make the supervisor's own report on a component redundant. */
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

/** A refusal of the supervisor counts as an error. */
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

/** 0: neither warnings nor errors, 1: warnings, 2: errors. */
export function exitCodeOf({ findings }: Diagnosis): 0 | 1 | 2 {
  const { errors, warnings } = countsOf(findings)
  if (errors > 0) return 2
  return warnings > 0 ? 1 : 0
}
