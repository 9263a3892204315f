import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { faultLines, readSqlFiles } from './files.ts'
import { creationOf } from './objects.ts'

const files = await readSqlFiles('seed/sql')

describe("the stand's own files", () => {
  it('are without a fault, and change what is there only when they changed themselves', () => {
    expect(files.map(({ name }) => name)).toEqual([
      '10-ext_bookings.sql',
      '20-stg_ext.sql',
      '30-fixedwidth.sql',
      '40-customers.sql',
    ])
    expect(files.flatMap(faultLines)).toEqual([])
    expect(files.every(({ whenChanged }) => whenChanged)).toBe(true)
    // `make ddl-gp` applies them through psql, which knows nothing of it.
    expect(files.every(({ database }) => database === undefined)).toBe(true)
    expect(files.map(({ needsPxf }) => needsPxf)).toEqual([true, true, false, false])
  })

  it('make a table over every table of the demo database', () => {
    const made = files.flatMap(({ statements }) => statements.map((one) => creationOf(one)?.name.join('.')))
    const demo = readFileSync('bookings/sql/10-schema.sql', 'utf8').matchAll(
      /CREATE TABLE (?:bookings\.)?(\w+)/g,
    )
    for (const [, table = ''] of demo) expect(made).toContain(`stg.${table.replace(/_data$/, '')}_ext`)
    expect(made).toContain('public.ext_bookings_bookings')
    expect(made).toContain('stg.bookings_ext')
  })

  it('have lines as wide as the table says', () => {
    const lines = readFileSync('seed/data/customers.txt', 'utf8').split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map(({ length }) => length)).toEqual([29, 29, 29])
  })
})
