/**
 * What the start script prints: any bytes as its output, any text as the fields of a record of the csv log, and as a
 * password in a statement.
 */
import assert from 'node:assert/strict'
import { csvAssembler, parseCsvRecord } from '../../../src/logging/csv-log.ts'
import { lineSplitter } from '../../../src/logging/lines.ts'
import { classifyLine } from '../../../src/logging/output.ts'
import { mentionsPassword, withoutWrittenSecrets } from '../../../src/logging/written-secrets.ts'
import { assertLinear } from './linear.ts'

const time = '2026-11-21 07:10:11.123456 UTC'
const begun = `${time},"gpadmin","gp_dwh",p1,th1,"[local]",,${time},0,con6,cmd2,seg-1,,dx1,,sx1,"ERROR","42601",`

export function fuzz(data: Uint8Array): void {
  const size = 1 + (data[0] ?? 0)
  const records = recordsOf(data, size)
  const lines = linesOf(data, size)
  assert.equal(records.join('\n'), lines.join('\n'), 'no line is lost, cut or moved')
  assert.deepEqual(linesOf(data, data.length + 1), lines, 'chunks do not matter')
  for (const record of records) {
    const { message } = interpret(record)
    assert.ok(parseCsvRecord(record) !== undefined || record.includes(message), 'text is passed on')
  }
  const text = Buffer.from(data).toString()
  comesBack(text)
  isMasked(text)
  assertLinear(data, (long) => recordsOf(long, 65_536).map(interpret))
  assertLinear(data, (long) => withoutWrittenSecrets(long.toString()))
}

const interpret = (text: string) => parseCsvRecord(text) ?? classifyLine(text)

function chunksOf(data: Uint8Array, size: number): Buffer[] {
  const count = Math.ceil(data.length / size)
  return Array.from({ length: count }, (_, at) => Buffer.from(data.subarray(at * size, (at + 1) * size)))
}

function linesOf(data: Uint8Array, size: number): string[] {
  const splitter = lineSplitter()
  return [...chunksOf(data, size).flatMap(splitter.push), ...splitter.end()].map(({ text }) => text)
}

function recordsOf(data: Uint8Array, size: number): string[] {
  const assembler = csvAssembler()
  return [...linesOf(data, size).flatMap(assembler.push), ...assembler.end()]
}

/** The server's own writer: whatever stands in a message, a field or a query is read as it was written. */
function comesBack(text: string): void {
  const quoted = `"${text.replaceAll('"', '""')}"`
  const parsed = parseCsvRecord(`${begun}${quoted},${quoted},,${quoted},,,${quoted},0,,"parser.c",10,`)
  // What is about a password is not passed on whole.
  if (mentionsPassword(text)) return
  assert.equal(parsed?.message, text)
  if (text !== '') assert.equal(parsed.fields['detail'], text)
}

const quotings: readonly ((secret: string) => string)[] = [
  (secret) => `'${secret.replaceAll("'", "''")}'`,
  (secret) => `E'${secret.replaceAll(/['\\]/g, (one) => `\\${one}`)}'`,
  (secret) => `E'${secret.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  (secret) => `$quote$${secret.replaceAll('$', '')}$quote$`,
]

/** In every quoting, also inside another string, and when the record is cut anywhere behind it. */
function isMasked(middle: string): void {
  for (const quote of quotings) {
    const statement = `ALTER ROLE b PASSWORD ${quote(`hunter2${middle}hunter2`)} VALID UNTIL '2030'`
    for (const text of [statement, `EXECUTE '${statement.replaceAll("'", "''")}'`, statement.slice(0, -20)])
      assert.ok(!withoutWrittenSecrets(text).includes('hunter2') || middle.includes('hunter2'), text)
  }
}
