/** Metrics in the Prometheus text format, version 0.0.4. Pure. */

/** All samples of one name. */
export interface Family {
  /** Without the prefix that all have. */
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  /** Without any, the name is left out. */
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const prefix = 'gp_supervisor_'

export const sample = (labels: Sample['labels'], value: number | boolean): Sample => ({
  labels,
  value: Number(value),
})

/** One sample without labels; none where the value is unknown. */
export const single = (value: number | boolean | undefined): Sample[] =>
  value === undefined ? [] : [sample({}, value)]

export const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'gauge',
  help,
  samples,
})

/** @param name ends with `_total` */
export const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: 'counter',
  help,
  samples,
})

export const exposition = (families: readonly Family[]): string => families.map(asText).join('')

function asText({ name, type, help, samples }: Family): string {
  if (samples.length === 0) return ''
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, word]) => `${key}="${escaped(word)}"`)
    return `${prefix}${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
  })
  return `# HELP ${prefix}${name} ${help}\n# TYPE ${prefix}${name} ${type}\n${lines.join('\n')}\n`
}

/** Of label values. Versions and names of events come from other programs. */
const escaped = (word: string): string =>
  word
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
