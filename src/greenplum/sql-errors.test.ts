import { describe, expect, it } from 'vitest'
import { describeSqlError, isRetryable } from './sql-errors.ts'

const error = (code: string | undefined, message = 'text') => Object.assign(new Error(message), { code })

describe('isRetryable', () => {
  it.each(['57P03', '57P01', '53300', '40P01', '08006', 'ECONNREFUSED', 'ENOENT'])(
    'tries %s again',
    (code) => {
      expect(isRetryable(error(code))).toBe(true)
    },
  )

  it.each(['28P01', '42501', '3D000', '42601', '58P01', 'ENOTFOUND', 'XX000'])(
    'does not try %s again',
    (code) => {
      expect(isRetryable(error(code))).toBe(false)
    },
  )

  it('knows a segment that is not up by its text, since Greenplum gives it no code of its own', () => {
    const text = 'failed to acquire resources on one or more segments'
    expect(isRetryable(error('XX000', text))).toBe(true)
    expect(isRetryable(error('42601', text))).toBe(false)
  })

  it('takes what it does not know for permanent', () => {
    expect([isRetryable(undefined), isRetryable('x'), isRetryable(new Error('new'))]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('tries a connection that broke again', () => {
    expect(isRetryable(new Error('Connection terminated unexpectedly'))).toBe(true)
  })
})

describe('describeSqlError', () => {
  it('gives text and SQLSTATE, each once', () => {
    expect(describeSqlError(error('42501', 'permission denied'))).toBe('permission denied (42501)')
    expect(describeSqlError(error('ECONNREFUSED', 'connect ECONNREFUSED'))).toBe('connect ECONNREFUSED')
    expect(describeSqlError(error('ECONNREFUSED', ''))).toBe('ECONNREFUSED')
  })
})
