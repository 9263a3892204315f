/**
 * Turns PostgreSQL's csv log (26 columns) into Greenplum's (30 columns), from stdin to stdout: the start
 * script puts it behind its `tail -f`, so that what a supervisor reads has Greenplum's shape. Ends with its
 * input. Lines that belong to no record pass through unchanged.
 */
import { createReadStream, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const recordStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /

/** PostgreSQL's columns by position, see its manual, "Using CSV-Format Log Output". */
const pg = {
  time: 0,
  user: 1,
  database: 2,
  pid: 3,
  from: 4,
  session: 5,
  line: 6,
  sessionStart: 8,
  virtualTransaction: 9,
  transaction: 10,
  severity: 11,
  sqlstate: 12,
  message: 13,
  detail: 14,
  hint: 15,
  internalQuery: 16,
  internalPosition: 17,
  context: 18,
  query: 19,
  queryPosition: 20,
} as const

function toGreenplum(record: string): string {
  const columns = splitRecord(record)
  if (columns === undefined) return record
  const at = (name: keyof typeof pg): string => columns[pg[name]] ?? ''
  const [host = '', port = ''] = at('from') === '[local]' ? ['[local]'] : at('from').split(/:(?=\d+$)/)
  const hasSession = at('user') !== ''
  return [
    // Microseconds, which PostgreSQL does not write.
    at('time').replace(/\.(\d{3}) /, '.$1000 '),
    quoted(at('user')),
    quoted(at('database')),
    `p${at('pid')}`,
    'th0',
    quoted(host),
    quoted(port),
    at('sessionStart'),
    at('transaction') === '' ? '0' : at('transaction'),
    hasSession ? `con${Number.parseInt(at('session').split('.')[1] ?? '0', 16)}` : '',
    hasSession ? `cmd${at('line')}` : '',
    'seg-1',
    '',
    '',
    at('virtualTransaction') === '' ? '' : `x${at('transaction')}`,
    'sx1',
    quoted(at('severity')),
    quoted(at('sqlstate')),
    quoted(at('message')),
    quoted(at('detail')),
    quoted(at('hint')),
    quoted(at('internalQuery')),
    at('internalPosition'),
    quoted(at('context')),
    quoted(at('query')),
    at('queryPosition') === '' ? '0' : at('queryPosition'),
    '',
    '',
    '',
    '',
  ].join(',')
}

const quoted = (text: string): string => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)

function splitRecord(record: string): string[] | undefined {
  const columns: string[] = []
  const column = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy
  for (let found = column.exec(record); found !== null; found = column.exec(record)) {
    columns.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'))
    if (found[3] === '') break
  }
  return columns.length > pg.queryPosition ? columns : undefined
}

/**
 * Not through process.stdout, which would make the pipe non-blocking for everyone who writes to it: the script,
 * its tools and tail share it, and a plain program takes "try again" for an error. Importing anything of
 * `node:process` opens all three streams and does the same, hence stdin by its number.
 */
const print = (text: string): number => writeSync(1, `${text}\n`)

const quotesAreOpen = (text: string): boolean => text.split('"').length % 2 === 0

let record = ''
for await (const line of createInterface({ input: createReadStream('', { fd: 0 }) })) {
  if (record === '' && !recordStart.test(line)) {
    print(line)
    continue
  }
  record = record === '' ? line : `${record}\n${line}`
  if (quotesAreOpen(record)) continue
  print(toGreenplum(record))
  record = ''
}
