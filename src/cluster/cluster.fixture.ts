/** A cluster of a coordinator with a standby, and two hosts with a primary and the mirror of the other one's. */
import type { CatalogServer } from './catalog.ts'
import type { Seen } from './judge.ts'

export const server = (dbid: number, more: Partial<CatalogServer> = {}): CatalogServer => {
  const [content = 0, role = 'primary', hostname = '', port = 0] = placed[dbid] ?? []
  return {
    dbid,
    content,
    role,
    preferredRole: role,
    inSync: true,
    up: true,
    hostname,
    address: hostname,
    port,
    directory: content < 0 ? '/data/master/gpseg-1' : `/data/00/${role}/gpseg${content}`,
    ...more,
  }
}

const placed: Readonly<Record<number, readonly [number, CatalogServer['role'], string, number]>> = {
  1: [-1, 'primary', 'master', 5432],
  2: [0, 'primary', 'one', 6000],
  3: [1, 'primary', 'two', 6000],
  4: [0, 'mirror', 'two', 7000],
  5: [1, 'mirror', 'one', 7000],
  6: [-1, 'mirror', 'spare', 5432],
}

/** @param changes by dbid; `none` leaves the server out */
export const seen = (
  changes: Readonly<Record<number, Partial<CatalogServer> | 'none'>> = {},
  more: Partial<Seen> = {},
): Seen => ({
  servers: [1, 2, 3, 4, 5, 6].flatMap((dbid) => {
    const change = changes[dbid]
    return change === 'none' ? [] : [server(dbid, change)]
  }),
  standbyStreams: true,
  busySessions: 0,
  silent: new Set(),
  standbyHost: undefined,
  ...more,
})

export const withoutMirrors = { 4: 'none', 5: 'none', 6: 'none' } as const
export const alone = { inSync: false } as const
