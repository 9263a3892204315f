/** Checks lines of a log against docs/reference/log.schema.json. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const file = new URL('../docs/reference/log.schema.json', import.meta.url)
const ajv = new Ajv2020({ allErrors: true })
const isRecord = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object)

/** @returns what is wrong with each line that is not as documented */
export function faultsOfLog(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return [
    ...new Set(lines.flatMap((line) => faultsOf(line).map((fault) => `${fault}: ${line.slice(0, 300)}`))),
  ]
}

export const faultsOfRecords = (records: readonly object[]): string[] =>
  faultsOfLog(records.map((record) => JSON.stringify(record)).join('\n'))

function faultsOf(line: string): string[] {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return ['not JSON']
  }
  if (isRecord(record)) return []
  return (isRecord.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}
