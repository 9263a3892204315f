/**
 * Apache Cloudberry, from its sources only; it was never run here. The sources are `docker/files/start_cbdb.sh`,
 * `docker/files/entrypoint.sh` and the Dockerfiles of github.com/woblerr/docker-cloudberry at commit 920c674
 * (Cloudberry 2.1.0, PXF 2.1.0), and `pxf` of apache/cloudberry-pxf. Only names differ: the steps and lines of the
 * script, the layout below /data and the ports are those of Greenplum 7.
 */
import { greenplum7 } from './greenplum7.ts'
import type { ImageProfile } from './profile.ts'

export const cloudberry: ImageProfile = {
  ...greenplum7,
  family: 'cloudberry',
  title: 'Cloudberry',
  postgres: '14',
  products: [{ name: 'Cloudberry', tried: 'built, and started on a look-alike' }],
  prefix: 'CLOUDBERRY',
  otherVariables: [
    'UID',
    'GID',
    'GROUP',
    'DISKQUOTA_ENABLE',
    'WALG_ENABLE',
    'COORDINATOR_HOSTNAME',
    'STANDBY_HOSTNAME',
  ],
  gphome: '/usr/local/cloudberry-db',
  timeZones: ['/usr/local/cloudberry-db/share/postgresql/timezone', '/usr/share/zoneinfo'],
  startScript: '/start_cbdb.sh',
  dataDirectoryVariables: ['COORDINATOR_DATA_DIRECTORY'],
}
