/**
 * Greenplum 7, and Greengage 7 and WarehousePG 7. The same start script as for 6, which tells the two apart itself
 * (`setup_version_config` in `docker/files/start_gpdb.sh` of github.com/woblerr/docker-greenplum).
 */
import { greenplum6 } from './greenplum6.ts'
import type { ImageProfile } from './profile.ts'

export const greenplum7: ImageProfile = {
  ...greenplum6,
  family: 'greenplum7',
  title: 'Greenplum 7',
  postgres: '12',
  tried: 'read in its Dockerfile and scripts, not run',
  logFolder: 'log',
  // External tables are foreign ones.
  sql: { externalTables: 'pg_foreign_table' },
}
