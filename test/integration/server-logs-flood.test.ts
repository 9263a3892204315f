import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { launchSupervisor } from '../../stand-in/launch.ts'
import { createRig, eventually, sleep } from './rig.ts'

const bytesOfLog = 200 * 1000 * 1000

const record = (number: number) =>
  `2026-11-27 03:14:15.123456 UTC,"gpadmin","gp_dwh",p4242,th1,"[local]",,2026-11-27 03:00:00 UTC,0,con6,cmd2,seg0,,dx1,,sx1,"ERROR","42P01","number ${number} ${'x'.repeat(200)}",,,,,,"select 1",0,,"parser.c",1,\n`

/** Another log file of a segment, as Greenplum writes it. @returns how many records it has */
async function writeLog(file: string): Promise<number> {
  const stream = createWriteStream(file)
  let count = 0
  for (let size = 0; size < bytesOfLog;) {
    const part = Array.from({ length: 5000 }, () => record(++count)).join('')
    size += part.length
    if (!stream.write(part)) await once(stream, 'drain')
  }
  stream.end()
  await finished(stream)
  return count
}

/** Takes the numbers 1, 2, 3, … and nothing else. */
function tally() {
  let last = 0
  return {
    last: () => last,
    take: (number: number) => {
      if (number !== last + 1) throw new Error(`after ${last} comes ${number}`)
      last = number
    },
  }
}

describe('a burst in the log of a segment', () => {
  it('against a reader that stalls: memory stays bounded, no record is lost, doubled or moved', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const { root, environment, ports } = rig.standIn
    const child = launchSupervisor({ root, environment, stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    const health = `http://127.0.0.1:${ports.health}`
    await eventually('it is ready though nobody reads its log', async () =>
      (await fetch(`${health}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined,
    )
    // The name comes after all others.
    const count = await writeLog(join(rig.data, '00/primary/gpseg0/pg_log/gpdb-2999-01-01_000000.csv'))
    await sleep(3000)
    const stalled = await residentBytes(child.pid)
    expect(stalled).toBeLessThan(200_000_000)
    expect((await fetch(`${health}/livez`)).status).toBe(200)

    const numbers = tally()
    let [peak, rest] = [stalled, '']
    for await (const chunk of child.stdout ?? []) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const found = /"content":0,"role":"primary",.*"msg":"number (\d+) x{200}"}$/.exec(line)?.[1]
        if (found === undefined) continue
        numbers.take(Number(found))
        if (numbers.last() % 50_000 === 0) peak = Math.max(peak, await residentBytes(child.pid))
        if (numbers.last() === count) child.kill('SIGTERM')
      }
    }
    expect(await exited).toBe(0)
    expect(numbers.last()).toBe(count)
    expect(peak).toBeLessThan(250_000_000)
  }, 400_000)

  it.each([
    [[1, 2, 4], 'after 2 comes 4'],
    [[1, 2, 2], 'after 2 comes 2'],
    [[1, 3, 2], 'after 1 comes 3'],
  ])('would be found out if records were lost, doubled or moved (control): %j', (numbers, text) => {
    const { take } = tally()
    expect(() => numbers.forEach(take)).toThrow(text)
  })
})

async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}
