import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import { runStartScript } from './start-script.ts'
import type { Stage } from './stages.ts'

const time = '2026-11-21 07:10:11.001234 UTC'
const statement = `${time},"gpadmin","gp_dwh",p1,th1,"[local]",,${time},0,con6,cmd2,seg-1,,,,sx1,"LOG","00000","statement: SELECT 'a`

/** The stages that a script goes through which prints this. */
async function stagesOf(output: string, before = ''): Promise<Stage[]> {
  const stages: Stage[] = []
  const texts: string[] = []
  const logger = { relay: (_level: string, message: string) => void texts.push(message) }
  const script = runStartScript(
    {
      command: 'bash',
      arguments: ['-c', `${before}printf %s "\${OUTPUT}"`],
      environment: { PATH: '/usr/bin:/bin', OUTPUT: output },
    },
    {
      stageLines: greenplum6.stageLines,
      loggers: () => logger as never,
      sink: { congested: () => false, drained: () => Promise.resolve() },
      onStage: (stage) => void stages.push(stage),
    },
  )
  await script.exited
  await script.drain(2000)
  // Nothing of it is lost for the log.
  expect(texts.join('\n')).toContain(output.slice(-5).trim())
  return stages
}

describe('the stage of the start script', () => {
  it('moves with its own lines', async () => {
    expect(await stagesOf('INFO - Initialize GPDB\nINFO - Restart GPDB\n')).toEqual([
      'initializing',
      'restarting',
    ])
  })

  it('is not moved by a statement that quotes them, on whatever line of its record', async () => {
    expect(
      await stagesOf(`${statement}\nINFO - Start GPDB\n',",,,,,,"SELECT ""x""",0,,"postgres.c",1,\ndone!\n`),
    ).toEqual([])
    expect(await stagesOf(`${statement}'\nINFO - Start GPDB",,,,,,,0,,,,\nINFO - Start it\n`)).toEqual([
      'starting',
    ])
  })

  it('is not moved by half a line: the script was cut off in the middle of it', async () => {
    expect(await stagesOf('INFO - Start GP')).toEqual([])
  })

  it('is not moved by a part of a long line', async () => {
    // The part is passed on when more comes; what came after it begins the next one.
    const longLine = `head -c ${2 ** 20} /dev/zero | tr '\\0' x; printf 'INFO - St'; sleep 0.2; `
    expect(await stagesOf('art GPDB\n', longLine)).toEqual([])
  })

  it('is moved by the line after a record that was cut short', async () => {
    const next = `${time},"gpadmin",,p1,th1,,,,0,,,seg-1,,,,,"LOG","00000","ready",,,,,,,0,,,,`
    expect(await stagesOf(`${statement}\n${next}\nINFO - Start GPDB\n`)).toEqual(['starting'])
  })

  const finished = 'INFO - Finished executing custom initialization scripts'
  const upToScripts = 'INFO - Initialize GPDB\nINFO - Restart GPDB\nx-[INFO]:-Restarting System...\n'

  it('is moved by the last line inside an open record, once the script only waits', async () => {
    const before = `printf '%s' '${upToScripts}'; echo "${statement.replaceAll('"', '\\"').replace("'a", 'a')}"; echo '${finished}'; for i in 1 2 3; do sleep 1; done; `
    expect((await stagesOf(`",,,,,,,0,,,,\ndone!\n`, before)).at(-1)).toBe('init-scripts-done')
  })

  it('is not moved by a statement that quotes the last line while a script runs', async () => {
    const before = `printf '%s' '${upToScripts}'; echo "${statement.replaceAll('"', '\\"').replace("'a", 'a')}"; echo '${finished}'; bash -c 'sleep 3; true'; `
    expect((await stagesOf(`",,,,,,,0,,,,\ndone!\n`, before)).at(-1)).toBe('starting')
  })
})
