/** The time that a reader takes grows with its input, not with the square of it. */
import assert from 'node:assert/strict'
import { cpuUsage } from 'node:process'

const longBytes = 128 * 1024
/** What is quadratic takes tens of seconds for so much; what is linear some hundredths of one, instrumented or not. */
const mostCpuMs = 1500
/** Of so many inputs one is tried, chosen by its bytes, so that a replay chooses the same. */
const oneOf = 512

/** Reads the input again, repeated up to a length at which it shows. Other programs' load does not count. */
export function assertLinear(data: Uint8Array, read: (long: Buffer) => void): void {
  if (data.length === 0 || data.reduce((sum, byte) => (sum * 31 + byte) % 65521, 7) % oneOf !== 0) return
  const long = Buffer.alloc(longBytes, data)
  const before = cpuUsage()
  read(long)
  const { user, system } = cpuUsage(before)
  const ms = (user + system) / 1000
  assert.ok(ms < mostCpuMs, `${longBytes} bytes took ${ms} ms of CPU`)
}
