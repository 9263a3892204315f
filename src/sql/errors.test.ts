import { describe, expect, it } from 'vitest'
import { fileError, statementError } from './errors.ts'
import { splitStatements } from './statements.ts'

const sql = `SELECT 1;

DO $$
BEGIN
  RAISE EXCEPTION 'no';
END
$$;
`
const statements = splitStatements(sql).statements
const textOf = (index: number, fields: object): string => {
  const statement = statements[index]
  if (statement === undefined) throw new Error('no such statement')
  return statementError('10-x.sql', statement, Object.assign(new Error('no'), fields)).message
}

describe('the error of a statement', () => {
  it('names file, line and SQLSTATE, and what the server says besides', () => {
    expect(textOf(1, { code: 'P0001', detail: 'a\n  b', hint: 'c' })).toBe(
      'cannot apply 10-x.sql:3: no (P0001); detail: a, b; hint: c',
    )
  })

  it('is in the line inside a DO block that raised it', () => {
    const where = 'PL/pgSQL function inline_code_block line 3 at RAISE'
    expect(textOf(1, { code: 'P0001', where })).toContain('10-x.sql:5: no (P0001); where: PL/pgSQL')
  })

  it.each([
    ['2BP01', 'drop the dependent objects'],
    ['55P03', 'another session holds a lock'],
    ['57014', 'SQL_STATEMENT_TIMEOUT'],
  ])('of %s says how to fix it', (code, fix) => {
    expect(textOf(0, { code })).toContain(fix)
  })

  it('says where a missing protocol is to come from', () => {
    expect(textOf(0, { code: '42704', message: 'protocol "pxf" does not exist' })).toContain(
      'PXF_EXTENSION_DATABASES',
    )
    expect(textOf(0, { code: '42704', message: 'protocol "demoprot" does not exist' })).toContain(
      'see component protocols',
    )
  })

  it('keeps its cause, which decides whether it is tried again, and is not wrapped twice', () => {
    const cause = Object.assign(new Error('gone'), { code: '57P01' })
    const error = fileError('10-x.sql', cause)
    expect(error.cause).toBe(cause)
    expect(error.message).toBe('cannot apply 10-x.sql: gone (57P01)')
    expect(fileError('10-x.sql', error)).toBe(error)
  })
})
