/** A host whose servers may be started without gpstart. */
import type { HostFacts, ServerFacts } from './facts.ts'

export const server = (content: number, more: Partial<ServerFacts> = {}): ServerFacts => ({
  directory: content === -1 ? '/data/master/gpseg-1' : `/data/0${content}/primary/gpseg${content}`,
  isCoordinator: content === -1,
  contentOfName: content,
  content,
  dbid: content + 2,
  port: content === -1 ? 5432 : 6000 + content,
  control: {
    state: 'shut down',
    catalogVersion: '301908232',
    systemIdentifier: String(7 + content),
    checksums: '1',
    wal: { file: '000000010000000000000001', segmentBytes: 67_108_864, blockBytes: 32_768, offset: 40 },
  },
  includedFiles: [],
  synchronousStandbys: '',
  replication: [],
  postmaster: { state: 'none' },
  processes: [],
  socket: { state: 'none' },
  ...more,
})

export const host = (more: Partial<HostFacts> = {}): HostFacts => ({
  catalogVersion: '301908232',
  servers: [server(-1), server(0), server(1)],
  unexplained: [],
  expanding: false,
  ...more,
})
