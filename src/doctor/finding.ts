/** What the doctor finds, and what it says of a topic in which it finds nothing. Pure. */

/** `error`: something does not work. `warn`: it will not, or may not. `note`: good to know; nothing is wrong. */
export type Level = 'error' | 'warn' | 'note'

/** In the order in which they are printed: what causes the rest comes first. */
export const topics = [
  'configuration',
  'supervisor',
  'volume',
  'place',
  'database',
  'pxf',
  'seeds',
  'jdbc',
  'tables',
] as const
export type Topic = (typeof topics)[number]

export interface Finding {
  /** A stable word for machines. */
  readonly id: string
  readonly level: Level
  readonly topic: Topic
  /** What is wrong, with the words of the error that a user sees. */
  readonly text: string
  /** Why; empty where the text says it already. */
  readonly cause: string
  /** The line of the compose file, or the command, that mends it. */
  readonly mend: string
}

export type Complaint = Omit<Finding, 'topic'>

/** The judgement on one topic. */
export interface Opinion {
  /** What was looked at, and how it is, in one line. */
  readonly seen: string
  readonly complaints: readonly Complaint[]
}

export interface Diagnosis {
  readonly findings: readonly Finding[]
  /** By topic, one line each. */
  readonly seen: readonly { readonly topic: Topic; readonly text: string }[]
}

/** A command in a shell of the administrator, as it can be typed outside. */
export const inside = (user: string, command: string): string =>
  `docker compose exec greenplum su - ${user} -c '${command}'`

/** A look that failed, or took too long: one finding, and the other topics go on. */
export const cannotLook = (topic: Topic, reason: string): Opinion => ({
  seen: 'could not be looked at',
  complaints: [
    {
      id: `${topic}.unreadable`,
      level: 'warn',
      text: `cannot look at ${described[topic]}: ${reason}`,
      cause: '',
      mend: 'fix what the reason names (the doctor looks as the administrator, also when root starts it), then run it again',
    },
  ],
})

const described: Readonly<Record<Topic, string>> = {
  configuration: 'the configuration',
  supervisor: 'the supervisor',
  volume: 'the volume',
  place: 'host and container',
  database: 'the database',
  pxf: 'PXF',
  seeds: 'the seeds',
  jdbc: 'the JDBC servers',
  tables: 'the external tables',
}

export function combine(opinions: ReadonlyMap<Topic, Opinion>): Diagnosis {
  const known = topics.flatMap((topic) => {
    const opinion = opinions.get(topic)
    return opinion === undefined ? [] : [{ topic, ...opinion }]
  })
  const findings = known.flatMap(({ topic, complaints }) =>
    complaints.map((complaint): Finding => ({ topic, ...complaint })),
  )
  return {
    findings: findings.filter((finding) => !isExplained(finding, findings)),
    seen: known.map(({ topic, seen }) => ({ topic, text: seen })),
  }
}

/** The supervisor's own word on a component is left out where a closer look found the cause. */
const explanations: Readonly<Record<string, readonly string[]>> = {
  'component.seed': ['seeds.fault'],
  'component.gpdb': ['database.down', 'database.refused', 'database.segments'],
  'component.hba': ['hba.rule', 'hba.unverified'],
  'component.extensions': ['extension.missing', 'database.missing'],
  'component.pxf': ['pxf.down'],
}

function isExplained({ id }: Finding, all: readonly Finding[]): boolean {
  return explanations[id]?.some((cause) => all.some((finding) => finding.id === cause)) ?? false
}

/** 0: nothing is wrong, 1: warnings, 2: errors. */
export function exitCodeOf({ findings }: Diagnosis): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === 'error')) return 2
  return findings.some(({ level }) => level === 'warn') ? 1 : 0
}
