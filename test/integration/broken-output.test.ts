/** A standard output that takes nothing holds no end of the program, and changes no exit code. */
import { closeSync, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasTerminals, openTerminal } from '../../src/logging/terminal.fixture.ts'
import { createRig, sleep, type Rig, type Run } from './rig.ts'

/** What is allowed is a second; the rest is for a machine that is busy. Before, it took 10 s or for ever. */
const latestMs = 5000

/** Exit codes of a start stopped by TERM, and of one whose coordinator dies; `breakIt` comes when it is ready. */
async function bothEnds(stdout: number, breakIt: () => unknown): Promise<number[]> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false', STANDIN_FLOOD_BYTES: '2000000' })
  const first = rig.start({}, { stdout })
  await first.answers('/readyz')
  await breakIt()
  first.child.kill('SIGTERM')
  const stopped = await codeSoonAfterVerdict(rig, first)

  const second = rig.start({}, { stdout })
  await second.answers('/readyz')
  process.kill(rig.processes().coordinator ?? 0, 'SIGKILL')
  return [stopped, await codeSoonAfterVerdict(rig, second)]
}

async function codeSoonAfterVerdict(rig: Rig, { child, exited }: Run): Promise<number> {
  const code = await Promise.race([exited, sleep(60_000)])
  const endedAt = Date.now()
  if (code === undefined) throw new Error(`it did not end: ${child.pid}`)
  const { mtimeMs } = await stat(join(rig.data, '.gp-supervisor/last-stop.json'))
  expect(endedAt - mtimeMs).toBeLessThan(latestMs)
  return code
}

describe('a stop, and a death of the coordinator,', { timeout: 300_000 }, () => {
  it('end the program though its log is on a full device', async () => {
    const fd = openSync('/dev/full', 'w')
    expect(await bothEnds(fd, () => {})).toEqual([0, 69])
    closeSync(fd)
  })

  it.skipIf(!hasTerminals)('end it though its terminal was closed', async () => {
    const terminal = await openTerminal()
    expect(await bothEnds(terminal.fd, terminal.hangUp)).toEqual([0, 69])
    terminal.release()
  })

  it.skipIf(!hasTerminals)('end it though its terminal is paused', async () => {
    const terminal = await openTerminal()
    expect(await bothEnds(terminal.fd, terminal.pause)).toEqual([0, 69])
    terminal.release()
  })
})
