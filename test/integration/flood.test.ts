import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { startUnread } from './rig.ts'

const floodBytes = 200 * 1000 * 1000
const lineBytes = 100

describe('a flood of the start script', () => {
  it('against a reader that stalls: memory stays bounded, no line is lost or cut', async () => {
    // It goes on though nobody reads: probes are answered while the log stands still.
    const { child, health, exited } = await startUnread(floodBytes)
    const stalled = await residentBytes(child.pid)
    expect(stalled).toBeLessThan(200_000_000)
    expect((await fetch(`${health}/livez`)).status).toBe(200)

    let expected = 1
    let count = 0
    let rest = ''
    let peak = stalled
    let end = false
    for await (const chunk of child.stdout ?? []) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { msg } = JSON.parse(line) as { msg: string }
        const found = /^flood (\d{12}) x{80}$/.exec(msg)
        if (found !== null) {
          if (Number(found[1]) !== expected) throw new Error(`line ${expected} is missing: ${msg}`)
          expected++
          count++
          if (count % 100_000 === 0) peak = Math.max(peak, await residentBytes(child.pid))
        } else if (msg.startsWith('flood end') && !end) {
          end = true
          child.kill('SIGTERM')
        }
      }
    }
    expect(await exited).toBe(0)
    expect(count).toBe(floodBytes / lineBytes)
    expect(peak).toBeLessThan(400_000_000)
  }, 400_000)
})

async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}
