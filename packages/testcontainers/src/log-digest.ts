/**
 * What matters for a start in the log of gp-supervisor (docs/reference/logs.md), read line by line: whether it is ready,
 * and, for the error of a start that fails, its last line, its findings and errors, and what is no JSON. Pure.
 */
export interface LogDigest {
  readonly isReady: boolean
  /** The message of the line that ends a run that failed; it begins with `exit <code>`. */
  readonly exit?: string
  readonly findings: readonly string[]
  /** Of the supervisor itself, the latest last. Those of the server may be harmless. */
  readonly errors: readonly string[]
  /** Lines that are no JSON, such as faults of variables, the latest last. */
  readonly plain: readonly string[]
}

export const emptyDigest: LogDigest = { isReady: false, findings: [], errors: [], plain: [] }

/** A whole log is not kept: the server may write every statement to it. */
const kept = 20

export function withLine(digest: LogDigest, line: string): LogDigest {
  const record = parse(line)
  if (record === undefined)
    return line.trim() === '' ? digest : { ...digest, plain: [...digest.plain, line].slice(-kept) }
  if (record['component'] !== 'supervisor') return digest
  const message = text(record, 'msg')
  if (message === 'ready') return { ...digest, isReady: true }
  if (message === 'finding') return withFinding(digest, record)
  if (record['level'] !== 'error' && record['level'] !== 'fatal') return digest
  if (record['exitCode'] !== undefined) return { ...digest, exit: message }
  const reason = text(record, 'reason')
  const error = reason === '' ? message : `${message}: ${reason}`
  return { ...digest, errors: [...digest.errors, error].slice(-kept) }
}

function withFinding(digest: LogDigest, record: LogRecord): LogDigest {
  const severity = text(record, 'severity')
  if (severity !== 'refuse' && severity !== 'error') return digest
  const [what, cause, fix] = ['text', 'cause', 'fix'].map((key) => text(record, key))
  const because = cause === '' ? '' : `: ${cause}`
  const finding = `${text(record, 'id')}: ${what}${because}${fix === '' ? '' : `; fix: ${fix}`}`
  if (digest.findings.includes(finding)) return digest
  return { ...digest, findings: [...digest.findings, finding].slice(-kept) }
}

type LogRecord = Readonly<Record<string, unknown>>

function parse(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as LogRecord
  } catch {
    return undefined
  }
}

function text(record: LogRecord, key: string): string {
  const value = record[key]
  return typeof value === 'string' ? value : ''
}
