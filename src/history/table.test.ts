import { expect, it } from 'vitest'
import { startOf } from './run.fixture.ts'
import { historyTable } from './table.ts'

it('the table has one run a line, whatever it is and however it ended', () => {
  const run = startOf({ gpdb: 2500, pxf: 3100, ready: 3200 })
  const { end: _, ...running } = run
  const { readyMs: __, start: ___, ...early } = running
  const at = '2026-11-27T07:10:00.000Z'
  const stopped = { how: 'stopped', at, phase: 'preparing', seconds: 0 } as const
  expect(
    historyTable([
      early,
      running,
      { ...run, start: 'later-gpstart' },
      { ...run, end: { how: 'killed' } },
      { ...run, end: { how: 'killed', stoppedForSeconds: 9 } },
      { ...early, end: { how: 'killed' } },
      { ...early, end: { ...stopped, reason: 'cannot\nstart \u001B[31m', exitCode: 78, proven: true } },
      {
        ...run,
        start: 'first-prepared',
        end: { ...stopped, reason: 'SIGTERM', exitCode: 75, proven: false },
      },
    ]),
  ).toBe(
    `started               start            ready in  ended                 exit  proven  by
2026-11-27T07:00:00Z  -                -         starting              -     -       -
2026-11-27T07:00:00Z  later, fast      3.2 s     running               -     -       -
2026-11-27T07:00:00Z  later, gpstart   3.2 s     2026-11-27T07:10:00Z  0     yes     SIGTERM
2026-11-27T07:00:00Z  later, fast      3.2 s     killed                -     no      kill -9, out of memory, or a power failure
2026-11-27T07:00:00Z  later, fast      3.2 s     killed                -     no      killed 9 s into its stop
2026-11-27T07:00:00Z  -                -         killed                -     no      kill -9, out of memory, or a power failure
2026-11-27T07:00:00Z  -                never     2026-11-27T07:10:00Z  78    yes     cannot?start ?[31m
2026-11-27T07:00:00Z  first, prepared  3.2 s     2026-11-27T07:10:00Z  75    no      SIGTERM`,
  )
  expect(historyTable([])).toBe('no runs are recorded')
})
