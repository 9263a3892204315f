/** The log of whole lives: as documented, with one line `ready`, and short where people read it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { faultsOfLog } from '../log-schema.ts'
import { createRig, eventually, type Rig, type Run } from './rig.ts'

/** As docs/reference/logs.md has them, for programs that wait. */
const readyInJson = /"component":"supervisor".*"msg":"ready"\}/
const readyInPretty = /^\S+ info {2}supervisor READY in [0-9.]+ s$/

const linesWith = (run: Run, text: RegExp): string[] =>
  run
    .text()
    .split('\n')
    .filter((line) => text.test(line))

/** PXF is killed, the rule of pg_hba.conf removed, and a statement fails; then everything is ready again. */
async function withFaults(rig: Rig, run: Run): Promise<void> {
  await run.answers('/readyz')
  process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
  await run.answers('/readyz', 503)
  const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
  await writeFile(hba, (await readFile(hba, 'utf8')).replace('host all gpadmin samehost trust\n', ''))
  await expect(rig.query('SELECT nonsense')).rejects.toThrow('nonsense')
  // What a server says is not taken for the line of the supervisor.
  await rig.query(
    `DO $$ BEGIN RAISE WARNING 'ready'; RAISE WARNING 'supervisor READY in 1 s'; RAISE WARNING '%', '"component":"supervisor","msg":"ready"}'; END $$`,
  )
  await eventually('the rule is back', async () => (await run.status()).counters.hbaRepairs === 1)
  await run.answers('/readyz')
  // Later than the records of the servers, which the log follows.
  await eventually('the warnings are in the log', () =>
    Promise.resolve(run.text().includes('supervisor READY in 1 s')),
  )
}

describe('the log', () => {
  it('of a first start, faults and a stop is as documented, line by line, and ready comes once', async () => {
    const rig = await createRig()
    const run = rig.start()
    await withFaults(rig, run)
    expect(await run.stop()).toBe(0)

    expect(faultsOfLog(run.text())).toEqual([])
    const [ready, ...more] = linesWith(run, readyInJson)
    expect(more).toEqual([])
    // The control: without the component, what the server said counts as well.
    expect(linesWith(run, /"msg":"ready"\}/)).toHaveLength(2)
    expect(JSON.parse(ready ?? '')).toMatchObject({ level: 'info', component: 'supervisor', msg: 'ready' })
    const { seconds, timelineMs } = JSON.parse(ready ?? '') as {
      seconds: number
      timelineMs: { ready: number }
    }
    expect(seconds).toBe(Math.round(timelineMs.ready / 100) / 10)
    const messages = run.log().map(({ component, msg }) => `${component}: ${msg}`)
    // Each of the faults is among what was checked.
    expect(messages).toEqual(
      expect.arrayContaining([
        'supervisor: degraded: the other components keep running',
        'supervisor: ready again',
        'pxf: PXF is down; restarting it',
        'supervisor: pg_hba.conf: rule added',
        'gpdb: column "nonsense" does not exist',
        'gpdb: ready',
        'supervisor: shut down cleanly, verified',
      ]),
    )
  })

  it('for people is short, shows what was wrong, and says READY once', async () => {
    const rig = await createRig({ LOG_FORMAT: 'pretty' })
    const first = rig.start()
    await first.answers('/readyz')
    expect(await first.stop()).toBe(0)

    const run = rig.start()
    await run.answers('/readyz')
    const start = run.text().trimEnd().split('\n')
    expect(start.length).toBeLessThan(30)
    await withFaults(rig, run)
    expect(await run.stop()).toBe(0)
    expect(linesWith(run, readyInPretty)).toHaveLength(1)
    expect(linesWith(run, /supervisor READY again$/)).not.toEqual([])
    expect(run.text()).toMatch(/ error gpdb {7}coordinator: column "nonsense" does not exist /)
    expect(run.text()).toMatch(/ warn {2}pxf {8}PXF is down; restarting it afterMs=\d+\n {13}reason: /)
    // The supervisor's own standard error is in it as well.
    const form =
      /^(\d\d:\d\d:\d\d\.\d{3} (trace|debug|info |warn |error|fatal) (supervisor|gpdb {6}|gp-tool {3}|pxf {7}) \S| {13}\S)/
    expect(
      run
        .text()
        .trimEnd()
        .split('\n')
        .filter((line) => !form.test(line)),
    ).toEqual([])
  })
})
