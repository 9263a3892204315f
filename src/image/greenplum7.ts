/**
 * Greenplum 7, and Greengage 7 and WarehousePG 7. They use the start script of Greenplum 6, which detects the version
 * (`setup_version_config` in `docker/files/start_gpdb.sh` of github.com/woblerr/docker-greenplum).
 */
import { greenplum6 } from './greenplum6.ts'
import type { ImageProfile } from './profile.ts'

export const greenplum7: ImageProfile = {
  ...greenplum6,
  family: 'greenplum7',
  title: 'Greenplum 7',
  postgres: '12',
  products: [
    { name: 'Greenplum 7', tried: 'built, and started on a real one (7.0 beta)' },
    { name: 'Greengage 7', tried: 'built, and started on a look-alike' },
    { name: 'WarehousePG 7', tried: 'built, and started on a look-alike' },
  ],
  coordinatorTitle: 'COORDINATOR',
  serverOptions: { coordinator: () => '-c gp_role=dispatch', segment: () => '-c gp_role=execute' },
  logFolder: 'log',
  // External tables are foreign tables in this release.
  sql: { externalTables: 'pg_foreign_table' },
}
