import { expect, it } from 'vitest'
import { parseJavaRecord } from './java-log.ts'

it.each(['', ' UTC', ' MSK', ' GMT+04:00'])(
  'a record has the zone of its time as Java names it: "%s"',
  (zone) => {
    const at = `2026-11-27 03:14:15.123${zone}`
    expect(parseJavaRecord(`${at}  WARN [:   ] 1 --- [main     ] a.B : slow`)).toEqual({
      component: 'pxf',
      level: 'warn',
      message: 'slow',
      fields: { at, process: '1', thread: 'main', logger: 'a.B' },
    })
  },
)
