/** A manifest as `pack` writes it. */
import type { Manifest } from './manifest.ts'

const part = {
  bytes: 1000,
  wal: { file: 'pg_xlog/000000010000000000000001', bytes: 100 },
  length: 5,
  sha256: 'a'.repeat(64),
}

export const packed: Manifest = {
  version: 1,
  packedAt: '2026-01-01T00:00:00.000Z',
  packedBy: '1.0.0',
  family: 'greenplum6',
  release: 'postgres (Greenplum Database) 6.27.1 build commit:abc',
  catalogVersion: '301908232',
  architecture: 'x64',
  library: 'glibc 2.35',
  checksums: '1',
  systemIdentifier: '7712491346351670404',
  timeZone: 'Etc/UTC',
  user: 'gpadmin',
  dataDirectory: '/data',
  segmentPrefix: 'gpseg',
  database: 'gp_dwh',
  host: 'builder',
  assignments: { SEG_PREFIX: 'gpseg', DATABASE_NAME: 'gp_dwh', MASTER_HOSTNAME: 'builder' },
  servers: [
    { path: 'master/gpseg-1', ...part },
    { path: '00/primary/gpseg0', ...part },
    { path: '01/primary/gpseg1', ...part },
  ],
}
