import { describe, expect, it } from 'vitest'
import { csvAssembler, parseCsvRecord } from './csv-log.ts'

const csv = (severity: string, message: string) =>
  `2026-11-21 07:10:11.123456 UTC,"gpadmin","gp_dwh",p123,th-99,"[local]",,2026-11-21 07:00:00 UTC,0,con6,cmd2,seg-1,,dx1,,sx1,"${severity}","42601","${message}",,"a hint",,,,"select 1",0,,"parser.c",10,`

const quoted = (text = '') => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
const record = (
  severity: string,
  sqlstate: string,
  { message, detail, query }: { message: string; detail?: string; query?: string },
) =>
  csv(severity, 'MESSAGE,DETAIL')
    .replace('42601', sqlstate)
    .replace('"MESSAGE,DETAIL",', () => `${quoted(message)},${quoted(detail)}`)
    .replace('"select 1"', () => quoted(query))

describe('parseCsvRecord', () => {
  it('makes fields of a record of the csv log', () => {
    expect(parseCsvRecord(csv('ERROR', 'syntax error at ""end""'))).toEqual({
      component: 'gpdb',
      level: 'error',
      message: 'syntax error at "end"',
      fields: {
        at: '2026-11-21 07:10:11.123456 UTC',
        severity: 'ERROR',
        user: 'gpadmin',
        database: 'gp_dwh',
        process: 'p123',
        host: '[local]',
        session: 'con6',
        command: 'cmd2',
        segment: 'seg-1',
        sqlstate: '42601',
        hint: 'a hint',
      },
    })
  })

  it.each([
    ['execute <unnamed>: SELECT change_password($1, $2)', "parameters: $1 = 'bob', $2 = 'hunter2'", ''],
    ['duration: 1 ms', "Parameters: $1 = 'hunter\n2'", 'SELECT crypt_password($1)'],
  ])('does not show the parameters of a statement about passwords: %s', (message, detail, query) => {
    const fields = parseCsvRecord(record('LOG', '00000', { message, detail, query }))?.fields
    expect(fields?.['detail']).toMatch(/^[pP]arameters: \*\*\*$/)
  })

  it('does not show it either where a function ran the statement, which is in a column that is not used', () => {
    const internal = record('ERROR', '42601', { message: 'syntax error at or near "hunter2"' }).replace(
      '"a hint",,',
      () => '"a hint","ALTER ROLE bob PASSWORD hunter2",',
    )
    expect(internal).toContain('"a hint","ALTER')
    expect(parseCsvRecord(internal)?.message).toBe('syntax error at or near "***"')
  })

  it('shows the parameters of others', () => {
    const detail = "parameters: $1 = 'bob'"
    expect(parseCsvRecord(record('LOG', '00000', { message: 'execute x', detail }))?.fields).toMatchObject({
      detail,
    })
  })

  it('does not show the word at which the parser stopped where it is the password without its quotes', () => {
    const query = 'ALTER ROLE bob PASSWORD hunter2'
    const message = 'syntax error at or near "hunter2"'
    expect(parseCsvRecord(record('ERROR', '42601', { message, query }))?.message).toBe(
      'syntax error at or near "***"',
    )
    expect(parseCsvRecord(record('ERROR', '42601', { message, query: 'SELCT hunter2' }))?.message).toBe(
      message,
    )
  })

  it.each([
    'whatever, "quoted',
    csv('LOG', 'cut').slice(0, -3),
    csv('LOG', 'x').replace('"42601"', '"42601"a'),
  ])('takes only what is a record: %s', (text) => {
    expect(parseCsvRecord(text)).toBeUndefined()
  })

  it('reads a mebibyte in a moment', () => {
    const before = process.cpuUsage()
    for (const piece of [':', '"', '""', ',', ' ERROR', '","'])
      parseCsvRecord(`2026-11-21 07:10:11.1 UTC,"${piece.repeat(500_000)}`)
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(4000)
  })
})

describe('csvAssembler', () => {
  it('joins the lines of one record and lets other lines pass', () => {
    const { push, end } = csvAssembler()
    const [first, second] = csv('LOG', 'statement: select\n 1').split('\n') as [string, string]
    expect(push('INFO - Start GPDB')).toEqual(['INFO - Start GPDB'])
    expect(push(first)).toEqual([])
    expect(push(second)).toEqual([`${first}\n${second}`])
    expect(end()).toEqual([])
  })

  it('gives up an open record when the next one begins', () => {
    const { push, end } = csvAssembler()
    const open = csv('LOG', 'cut').split('cut')[0] ?? ''
    const next = csv('LOG', 'whole')
    expect(push(open)).toEqual([])
    expect(push(next)).toEqual([open, next])
    expect(end()).toEqual([])
  })

  it('never holds more than a mebibyte', () => {
    const { push } = csvAssembler()
    push(csv('LOG', 'open').split('open')[0] ?? '')
    const filler = 'y'.repeat(1000)
    const passed = Array.from({ length: 1100 }, () => push(filler)).filter((lines) => lines.length > 0)
    expect(passed.length).toBeGreaterThan(0)
  })
})
