/**
 * A server's log: any bytes as a file that is read in blocks, and any text as the message of a record between others.
 */
import assert from 'node:assert/strict'
import { maySuspect, withoutWrittenSecrets } from '../../../src/logging/written-secrets.ts'
import { layoutOf } from '../../../src/server-logs/csv-layout.ts'
import { splitEvery, splitSelected } from '../../../src/server-logs/csv-splitter.ts'
import { splitJavaLog, splitJavaWarnings } from '../../../src/server-logs/java-log.ts'
import type { Splitter } from '../../../src/server-logs/split.ts'
import { assertLinear } from './linear.ts'

const time = '2026-11-21 07:10:11.123456 UTC'
const record = (severity: string, text: string) =>
  `${time},"gpadmin","gp_dwh",p1,th1,"[local]",,${time},0,con6,cmd2,seg-1,,dx1,,sx1,"${severity}","00000","${text.replaceAll('"', '""')}",,,,,,"${text.replaceAll('"', '""')}",0,,"parser.c",10,`
const layout = layoutOf(Buffer.from(record('LOG', '')))

export function fuzz(data: Uint8Array): void {
  const size = 1 + (data[0] ?? 0)
  for (const split of [splitEvery, splitSelected, splitJavaLog, splitJavaWarnings])
    recordsOf(split, Buffer.from(data), size)
  const text = Buffer.from(data).toString()
  const [before, middle, after] = [record('ERROR', 'before'), record('LOG', text), record('FATAL', 'after')]
  const file = Buffer.from(`${before}\n${middle}\n${after}\n`)
  for (const length of [size, file.length]) {
    assert.deepEqual(recordsOf(splitEvery, file, length), [before, middle, after], 'records stay whole')
    assert.deepEqual(recordsOf(splitSelected, file, length), [before, after], 'nothing imitates a record')
  }
  if (!maySuspect(JSON.stringify(text)))
    assert.equal(withoutWrittenSecrets(text), text, 'nothing that is masked looks harmless')
  for (const split of [splitEvery, splitSelected, splitJavaLog])
    assertLinear(data, (long) => recordsOf(split, long, 65_536))
}

/** Reads a file in blocks, as a follower does; a block grows until it has a record. */
function recordsOf(split: Splitter, file: Buffer, size: number): string[] {
  const records: string[] = []
  let length = size
  for (let at = 0; at < file.length;) {
    const bytes = file.subarray(at, at + length)
    const isFinal = at + length >= file.length
    const isLineStart = at === 0 || file[at - 1] === 10
    const { spans, used } = split({ bytes, layout, isLineStart, isFinal, isQuiet: isFinal, isFull: false })
    let last = 0
    for (const { start, end } of spans) {
      assert.ok(
        start >= last && end > start && end <= bytes.length,
        'records are in order and do not overlap',
      )
      last = end
      records.push(bytes.toString('utf8', start, end))
    }
    assert.ok(used >= last && used <= bytes.length && (used > 0 || !isFinal), 'the reading goes on')
    at += used
    length = used === 0 ? length * 2 : size
  }
  return records
}
