import { describe, expect, it } from 'vitest'
import type { Postmaster } from '../../greenplum/data-directories.ts'
import { createSightings } from './sightings.ts'

const alive = (pid: number) => ({ state: 'alive', file: { pid }, startTicks: 1 }) as Postmaster
const dead = (pid: number) => ({ state: 'dead', pid }) as Postmaster
const none: Postmaster = { state: 'none' }

describe('the coordinator in its pid file', () => {
  it('is looked at eagerly before it runs and when it is new, and patiently while it takes long', () => {
    const look = createSightings()
    const pauses = [
      look(none, 0),
      look(alive(7), 60_000),
      look(alive(7), 61_400),
      look(alive(7), 61_500),
      look(alive(7), 300_000),
      // The final server after the one in utility mode.
      look(none, 300_050),
      look(alive(8), 300_100),
    ].map(({ pauseMs }) => pauseMs)
    expect(pauses).toEqual([50, 50, 50, 200, 200, 50, 50])
  })

  it('has died when it stays dead with its pid file, after it was seen alive', () => {
    const look = createSightings()
    expect(look(alive(7), 0).died).toBe(false)
    expect(look(dead(7), 100).died).toBe(false)
    expect(look(dead(7), 1099).died).toBe(false)
    expect(look(dead(7), 1100).died).toBe(true)
  })

  it('has not died where another one comes, the file goes, or it was stale from the start', () => {
    const look = createSightings()
    expect(look(dead(7), 0).died).toBe(false)
    expect(look(dead(7), 60_000).died).toBe(false)
    look(alive(8), 60_100)
    look(dead(8), 60_200)
    expect(look(none, 61_300).died).toBe(false)
    expect(look(dead(8), 61_400).died).toBe(false)
    look(alive(9), 61_500)
    expect(look(dead(8), 70_000).died).toBe(false)
  })
})
