import { describe, expect, it } from 'vitest'
import type { ServerFacts } from './facts.ts'
import { host, server } from './host.fixture.ts'
import { checks, reasonForGpstart, type CheckName } from './judge.ts'

const control = server(0).control
const second = (more: Partial<ServerFacts>) => host({ servers: [server(-1), server(0, more), server(1)] })

describe('a fast start', () => {
  it('may be made of a whole cluster at rest, and of one that was killed', () => {
    expect(reasonForGpstart(host())).toBeUndefined()
    for (const state of ['in production', 'in crash recovery', 'shutting down', 'starting up'])
      expect(reasonForGpstart(second({ control: control && { ...control, state } }))).toBeUndefined()
    expect(
      reasonForGpstart(
        second({ postmaster: { state: 'dead', pid: 7 }, socket: { state: 'stale', socket: '/tmp/s' } }),
      ),
    ).toBeUndefined()
  })

  const seg0 = '/data/00/primary/gpseg0'
  it.each<[CheckName, ReturnType<typeof host>, string]>([
    ['servers', host({ servers: [] }), 'there is no coordinator'],
    ['servers', host({ servers: [server(0), server(1)] }), 'there is no coordinator'],
    ['servers', host({ servers: [server(-1)] }), 'there is no segment'],
    [
      'servers',
      host({ unexplained: ['/data/old/primary/gpseg0'] }),
      'the data directory has more than this cluster: /data/old/primary/gpseg0',
    ],
    ['contents', second({ content: 1 }), `${seg0} has the content id 1 in its settings`],
    ['contents', second({ content: undefined }), `${seg0} has the content id (none) in its settings`],
    ['contents', host({ servers: [server(-1), server(1)] }), 'its content ids are -1, 1 instead of -1, 0'],
    ['dbids', second({ dbid: undefined }), `${seg0}: its dbid is not in its settings`],
    ['dbids', second({ dbid: 3 }), 'several servers have the same dbid'],
    ['ports', second({ port: undefined }), `${seg0}: its port is not in its settings`],
    ['ports', second({ port: 6001 }), 'several servers have the same port'],
    ['ports', second({ includedFiles: ['own.conf'] }), `${seg0}: its postgresql.conf includes own.conf`],
    ['catalogVersion', host({ catalogVersion: undefined }), 'postgres does not tell its catalog version'],
    [
      'catalogVersion',
      second({ control: control && { ...control, catalogVersion: '1' } }),
      `${seg0}: its catalog version is 1, and that of the programs 301908232`,
    ],
    [
      'catalogVersion',
      second({ control: undefined }),
      `${seg0}: its catalog version is unknown, and that of the programs 301908232`,
    ],
    [
      'checksums',
      second({ control: control && { ...control, checksums: '0' } }),
      'its servers differ in their checksum setting',
    ],
    [
      'mirrors',
      second({ replication: ['recovery.conf', 'pg_replslot/internal_wal_replication_slot'] }),
      `${seg0}: it has recovery.conf, pg_replslot/internal_wal_replication_slot, as a mirror or a standby`,
    ],
    ['mirrors', second({ synchronousStandbys: '*' }), `${seg0}: it has the synchronous standby *`],
    [
      'mirrors',
      second({ control: control && { ...control, state: 'in archive recovery' } }),
      `${seg0}: its state is "in archive recovery"`,
    ],
    ['expansion', host({ expanding: true }), 'an expansion of the cluster has begun'],
    [
      'running',
      second({
        postmaster: {
          state: 'alive',
          file: { pid: 42, port: 6000, socketDirectory: '/tmp' },
          startTicks: 1,
          group: 42,
        },
      }),
      `${seg0}: its server runs already (pid 42)`,
    ],
    [
      'running',
      second({ postmaster: { state: 'unknown', reason: 'EIO' } }),
      `${seg0}: it cannot be told whether its server runs: EIO`,
    ],
    ['orphans', second({ processes: [43, 44] }), `${seg0}: processes work in it: 43, 44`],
    [
      'sockets',
      second({ socket: { state: 'held', socket: '/tmp/.s.PGSQL.6000', pid: 9 } }),
      `${seg0}: its socket /tmp/.s.PGSQL.6000 is used by process 9`,
    ],
  ])('is not made where the check "%s" fails: %#', (check, facts, reason) => {
    expect(reasonForGpstart(facts)).toBe(reason)
    expect(checks[check](facts)).toBe(reason)
  })
})
