import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import { isFinalServer, stageAfter, type Stage } from './stages.ts'

const tool = (text: string) => `20261121:07:10:11:001234 gpstop:gpdbsne:gpadmin-[INFO]:-${text}`

function stagesOf(lines: readonly string[]): Stage[] {
  let stage: Stage = 'launched'
  return lines.map((line) => (stage = stageAfter(greenplum6.stageLines, stage, line)))
}

describe('stageAfter', () => {
  it('follows a first start', () => {
    expect(
      stagesOf([
        'INFO - Initialize GPDB',
        tool('Restarting System...'), // gpinitsystem's own restart is not the one that counts
        'INFO - Configure pg_hba.conf',
        'INFO - Restart GPDB',
        tool('Restarting System...'),
        'INFO - Execute custom init scripts',
        'INFO - Executing custom initialization scripts',
        'INFO - Finished executing custom initialization scripts',
      ]),
    ).toEqual([
      'initializing',
      'initializing',
      'configuring-access',
      'restarting',
      'starting',
      'starting',
      'init-scripts',
      'init-scripts-done',
    ])
  })

  it('follows a later start', () => {
    expect(stagesOf(['INFO - Creating directory: /data/master', 'INFO - Start GPDB'])).toEqual([
      'launched',
      'starting',
    ])
  })

  it('is not moved by unknown output', () => {
    expect(stagesOf(['', 'INFO - Something new', '\u0000', 'Restarting System...'])).toEqual(
      Array.from({ length: 4 }, () => 'launched'),
    )
  })

  it('opens the door only once the final server starts', () => {
    const stages: Stage[] = ['launched', 'initializing', 'configuring-access', 'restarting', 'starting']
    expect(stages.map(isFinalServer)).toEqual([false, false, false, false, true])
  })
})
