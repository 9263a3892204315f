import { describe, expect, it } from 'vitest'
import { csv, layoutNamed } from './csv.fixture.ts'
import { splitEvery, splitSelected } from './csv-splitter.ts'
import { layoutOf, type Layout } from './csv-layout.ts'
import type { Block, Splitter } from './split.ts'

const block = (text: string, more: Partial<Block> = {}): Block => ({
  bytes: Buffer.from(text),
  layout: layoutNamed('greenplum'),
  isLineStart: true,
  isFinal: false,
  isQuiet: false,
  isFull: false,
  ...more,
})

const taken = (split: Splitter, text: string, more: Partial<Block> = {}): string[] =>
  split(block(text, more)).spans.map(({ start, end }) => Buffer.from(text).toString('utf8', start, end))

/** A file that is read in blocks of `size` bytes, with what is not used read again, as a follower does. */
function inBlocks(
  split: Splitter,
  text: string,
  { size, layout }: { size: number; layout: Layout },
): string[] {
  const bytes = Buffer.from(text)
  const records: string[] = []
  let length = size
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at, at + length)
    const isFinal = at + length >= bytes.length
    const isLineStart = at === 0 || bytes[at - 1] === 10
    const { spans, used } = split({ ...block(''), layout, bytes: part, isFinal, isLineStart })
    records.push(...spans.map(({ start, end }) => part.toString('utf8', start, end)))
    at += used
    length = used === 0 ? length * 2 : size
  }
  return records
}

const statement = csv('LOG', 'statement: select 1')
const error = csv('ERROR', 'relation "x"\ndoes not exist')
const ready = csv('LOG', 'database system is ready to accept connections', { user: '', database: '' })
const checkpoint = csv('LOG', 'checkpoint complete: wrote 3 buffers', { user: '', database: '' })
const fatal = csv('FATAL', 'the database system is starting up', { sqlstate: '57P03' })

describe.each(['greenplum', 'postgresql'] as const)('a log of %s', (name) => {
  const layout = layoutNamed(name)
  const of = (record: typeof error) => record[name]
  const records = [statement, error, checkpoint, ready, statement, fatal].map(of)
  const text = records.map((record) => `${record}\n`).join('')

  it('is recognised', () => {
    for (const record of records) expect(layoutOf(Buffer.from(record)).name).toBe(name)
  })

  it('gives every record, over however many lines, and none twice, wherever blocks end', () => {
    for (let size = 1; size < 700; size += 13)
      expect(inBlocks(splitEvery, text, { size, layout })).toEqual(records)
  })

  it('gives the selected ones alone, wherever blocks end', () => {
    const wanted = [error, ready, fatal].map(of)
    for (let size = 1; size < 700; size += 13)
      expect(inBlocks(splitSelected, text, { size, layout })).toEqual(wanted)
  })

  it.each([
    ['every', splitEvery],
    ['selected', splitSelected],
  ] as const)('waits for the end of a record: %s', (_, split) => {
    const half = of(error).slice(0, -1)
    expect(split(block(half, { layout }))).toEqual({ spans: [], used: 0 })
    expect(taken(split, of(error), { layout, isFinal: true })).toEqual([of(error)])
  })

  it('takes a role or database that is named like a severity for what it is', () => {
    const named = csv('LOG', 'statement: select 1', { user: 'ERROR', database: 'FATAL' })
    expect(taken(splitSelected, `${of(named)}\n`, { layout })).toEqual([])
    const wrong = csv('ERROR', 'no', { user: 'LOG', database: 'line\nend' })
    expect(taken(splitSelected, `${of(wrong)}\n`, { layout })).toEqual([of(wrong)])
  })
})

describe('a record of Greenplum', () => {
  const line = (record: typeof error) => `${record.greenplum}\n`

  it('that quotes others, whole, in its statement is one record', () => {
    const quoting = csv('LOG', `statement: select '\n${line(error)}${line(ready)}'`)
    const text = line(quoting) + line(error)
    expect(taken(splitEvery, text)).toEqual([quoting.greenplum, error.greenplum])
    expect(taken(splitSelected, text)).toEqual([error.greenplum])
  })

  it('that was cut off ends where the next one begins', () => {
    const half = error.greenplum.slice(0, error.greenplum.indexOf('not exist'))
    const text = `${half}\n${line(statement)}${line(error)}`
    expect(taken(splitEvery, text)).toEqual([half, statement.greenplum, error.greenplum])
    expect(taken(splitSelected, text)).toEqual([half, error.greenplum])
  })

  it('is passed over when the reading begins in its middle', () => {
    const tail = line(error).slice(40)
    expect(taken(splitEvery, tail + line(statement), { isLineStart: false })).toEqual([
      'does not exist",,,,,,"select 1",0,,"postgres.c",1590,',
      statement.greenplum,
    ])
    expect(taken(splitSelected, tail + line(ready), { isLineStart: false })).toEqual([ready.greenplum])
  })

  it.each([
    ['every', splitEvery],
    ['selected', splitSelected],
  ] as const)('that does not fit into a block comes in parts, and nothing of it is lost: %s', (_, split) => {
    const long = csv('ERROR', `${'ä""\n'.repeat(300)} the end`)
    const bytes = Buffer.from(line(long) + line(fatal))
    const parts: { text: string; continues: boolean }[] = []
    let open: Block['open']
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 500)
      const isLineStart = at === 0 || bytes[at - 1] === 10
      const found = split({
        ...block('', { bytes: part, isLineStart, isFull: part.length === 500 }),
        ...(open === undefined ? {} : { open }),
      })
      for (const { start, end, continues } of found.spans)
        parts.push({ text: part.toString('utf8', start, end), continues: continues === true })
      at += found.used
      open = found.open
    }
    const ends = parts.findIndex(({ continues }) => !continues)
    expect(ends).toBeGreaterThan(2)
    expect(
      parts
        .slice(0, ends + 1)
        .map(({ text }) => text)
        .join(''),
    ).toBe(long.greenplum)
    expect(parts.slice(ends + 1)).toEqual([{ text: fatal.greenplum, continues: false }])
  })

  it('full of what is searched for is passed over in linear time', () => {
    const full = csv('LOG', `statement: ${',,,p'.repeat(60_000)}`)
    const before = process.cpuUsage()
    expect(taken(splitSelected, line(full))).toEqual([])
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
  })
})
