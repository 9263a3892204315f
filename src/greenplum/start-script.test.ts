import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runTool } from '../children/tool.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { runStartScript } from './start-script.ts'
import type { Stage } from './stages.ts'

const time = '2026-11-21 07:10:11.001234 UTC'
const statement = `${time},"gpadmin","gp_dwh",p1,th1,"[local]",,${time},0,con6,cmd2,seg-1,,,,sx1,"LOG","00000","statement: SELECT 'a`

/** What a script that prints this goes through, and what of it is logged. */
async function runOf(output: string, before = ''): Promise<{ stages: Stage[]; texts: string[] }> {
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
      onToolLine: () => {},
      onStage: (stage) => void stages.push(stage),
    },
  )
  await script.exited
  await script.drain(2000)
  return { stages, texts }
}

async function stagesOf(output: string, before = ''): Promise<Stage[]> {
  const { stages, texts } = await runOf(output, before)
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

describe("the coordinator's log, which the start script follows as well,", () => {
  it('is left out, over however many lines: the log itself is followed', async () => {
    const record = `${statement}\nb'",,,,,,"SELECT 1",0,,"postgres.c",1,`
    const { texts } = await runOf(`before\n${record}\nbetween\n${record}\n${record}\nafter\n`)
    expect(texts).toEqual(['before', 'between', 'after'])
  })
})

describe('the polls of the tools that the start script runs', () => {
  it('are folded, in order, and counted when the script ends in the middle of them', async () => {
    const { texts } = await runOf('INFO - Initialize GPDB\n.\n..\nINFO - Restart GPDB\n.\n.\n.')
    expect(texts).toEqual(['Initialize GPDB', '.', 'repeated', 'Restart GPDB', '.', 'repeated'])
  })
})

describe('the `tail` of the start script', () => {
  /** What a script with this program's functions finds, with the name of its first job. */
  async function said(words: string): Promise<string[]> {
    const script = `cd "$(mktemp -d)"; echo one > gpdb-1.csv; tail -f ./${words} & sleep 0.3; read -r name < "/proc/$!/comm"; echo "\${name}"; kill %1; wait; tail -n 1 gpdb-1.csv; rm gpdb-1.csv; rmdir "\${PWD}"`
    const { output } = await runTool({
      command: 'bash',
      arguments: ['-c', script],
      environment: {
        PATH: '/usr/bin:/bin',
        BASH_ENV: join(import.meta.dirname, '../../entrypoint/start-script.bash'),
      },
      timeoutMs: 10_000,
    })
    return output.split('\n')
  }

  it("does not follow the coordinator's log, and is a job that the script can end", async () => {
    expect(await said('gpdb-1.csv')).toEqual(['sleep', 'one'])
  })

  it('is the tool for any other file', async () => {
    expect(await said('gpdb-1.csv -s 0.1')).toEqual(['one', 'tail', 'one'])
  })
})
