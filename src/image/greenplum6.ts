/**
 * Greenplum 6, and Greengage 6, WarehousePG 6 and open-gpdb 6, whose images have the same layout. The facts come from
 * github.com/woblerr/docker-greenplum (Dockerfiles, `docker/files/start_gpdb.sh`) and from runs of a real Greenplum
 * 6.24.3 under that script; see docs/base-image.md.
 */
import type { ImageProfile, StageLine } from './profile.ts'

const stageLines: readonly StageLine[] = [
  { line: /^INFO - Initialize \w+/, stage: 'initializing', from: ['launched'] },
  { line: /^INFO - Configure pg_hba\.conf/, stage: 'configuring-access', from: ['launched', 'initializing'] },
  {
    line: /^INFO - Restart \w+/,
    stage: 'restarting',
    from: ['launched', 'initializing', 'configuring-access'],
  },
  { line: /-\[INFO\]:-Restarting System\.\.\./, stage: 'starting', from: ['restarting'] },
  { line: /^INFO - Start \w+/, stage: 'starting', from: ['launched'] },
  { line: /^INFO - Executing custom init/, stage: 'init-scripts', from: ['starting'] },
  {
    line: /^INFO - Finished executing custom init/,
    stage: 'init-scripts-done',
    // The line before it may be hidden inside a csv record, because the log is printed at the same time.
    from: ['starting', 'init-scripts'],
  },
]

export const greenplum6: ImageProfile = {
  family: 'greenplum6',
  title: 'Greenplum 6',
  postgres: '9.4',
  products: [
    { name: 'Greenplum 6', tried: 'built, and started on a real one (6.24.3)' },
    { name: 'Greengage 6', tried: 'built, and started on a look-alike' },
    { name: 'WarehousePG 6', tried: 'not tried; as Greenplum 6 but for its name' },
    { name: 'open-gpdb 6', tried: 'not tried; its start script is a variant of its own' },
  ],
  prefix: 'GREENPLUM',
  otherVariables: [
    'UID',
    'GID',
    'GROUP',
    'GPMON_PASSWORD',
    'GPMON_PASSWORD_FILE',
    'GPPERFMON_ENABLE',
    'DISKQUOTA_ENABLE',
    'WALG_ENABLE',
    'MASTER_HOSTNAME',
    'STANDBY_HOSTNAME',
  ],
  beyondPlainCluster: ['GPPERFMON_ENABLE', 'DISKQUOTA_ENABLE', 'WALG_ENABLE'],
  gphome: '/usr/local/greenplum-db',
  timeZones: ['/usr/local/greenplum-db/share/postgresql/timezone', '/usr/share/zoneinfo'],
  startScript: '/start_gpdb.sh',
  initScripts: '/docker-entrypoint-initdb.d',
  initScriptsLine: /^gp_custom_init_dir="(\/[^"$]*)"/m,
  stageLines,
  tools: [
    'gpinitsystem',
    'gpstart',
    'gpstop',
    'gpconfig',
    'gpinitstandby',
    'gpaddmirrors',
    'gprecoverseg',
    'gpexpand',
  ],
  administrator: 'gpadmin',
  dataDirectory: '/data',
  segmentPrefix: 'gpseg',
  layout: {
    coordinatorFolder: 'master',
    segmentFolder: /^\d\d$/,
    segmentRoles: ['primary', 'mirror'],
    firstStartFiles: /^(gpinitsystem_config|hostfile_gpinitsystem)$/,
    initFile: 'gpinitsystem_config',
  },
  serverOptions: { coordinator: (port) => `-p ${port} -E`, segment: (port) => `-p ${port}` },
  coordinatorTitle: 'MASTER',
  dataDirectoryVariables: ['MASTER_DATA_DIRECTORY', 'COORDINATOR_DATA_DIRECTORY'],
  logFolder: 'pg_log',
  catalogDump: 'gpsegconfig_dump',
  coordinatorPort: 5432,
  socketDirectory: '/tmp',
  pxf: { home: '/usr/local/pxf', folder: 'pxf', port: 5888, java: [8, 11, 17, 21] },
  sql: { externalTables: 'pg_exttable' },
}
