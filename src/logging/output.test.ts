import { describe, expect, it } from 'vitest'
import { classifyLine } from './output.ts'

describe('classifyLine', () => {
  it('takes the level of the start script', () => {
    expect(classifyLine('INFO - Start GPDB')).toEqual({
      component: 'gpdb',
      level: 'info',
      message: 'Start GPDB',
      fields: {},
    })
    expect(classifyLine('ERROR - GREENPLUM_PASSWORD variable is not set!').level).toBe('error')
  })

  it('takes tool and level of a gp* tool', () => {
    expect(
      classifyLine('20261121:07:10:11:001234 gpstart:gpdbsne:gpadmin-[WARNING]:-Standby is behind'),
    ).toEqual({
      component: 'gp-tool',
      level: 'warn',
      message: 'Standby is behind',
      fields: { tool: 'gpstart' },
    })
  })

  it('passes unknown text on, as an error where it says so', () => {
    expect(classifyLine('psql:a.sql:3: ERROR:  relation "x" does not exist').level).toBe('error')
    expect(classifyLine('whatever, "quoted').message).toBe('whatever, "quoted')
  })
})

describe('a line of a mebibyte', () => {
  it.each(['20261121:07:10:11:1 :', '20261121:07:10:11:1 a:b:c-', 'INFO - '])(
    'that begins with %j is understood in a moment',
    (beginning) => {
      const before = process.cpuUsage()
      for (const piece of [':', '-[', '"', ',', ' ERROR']) classifyLine(beginning + piece.repeat(500_000))
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(4000)
    },
    60_000,
  )
})
