import { expect, it } from 'vitest'
import { gpinitsystemConfig, hostFile, segmentArguments } from './cluster-files.ts'

const layout = { segmentHosts: ['segment1', 'segment2'], segmentsPerHost: 2, mirrors: true }
const coordinator = {
  hostname: 'coordinator',
  database: 'gp_dwh',
  dataDirectory: '/data',
  segmentPrefix: 'gpseg',
  coordinatorFolder: 'master',
  port: 5432,
  title: 'MASTER',
} as const

it('a cluster with mirrors is created from its hosts and numbers', () => {
  expect(gpinitsystemConfig(layout, coordinator)).toBe(`ARRAY_NAME="Greenplum in docker"
DATABASE_NAME=gp_dwh
SEG_PREFIX=gpseg
PORT_BASE=6000
MASTER_HOSTNAME=coordinator
MASTER_DIRECTORY=/data/master
MASTER_PORT=5432
TRUSTED_SHELL=ssh
CHECK_POINT_SEGMENTS=8
ENCODING=UNICODE
MACHINE_LIST_FILE=/data/hostfile_gpinitsystem
declare -a DATA_DIRECTORY=(/data/00/primary /data/01/primary)
MIRROR_PORT_BASE=7000
declare -a MIRROR_DATA_DIRECTORY=(/data/00/mirror /data/01/mirror)
`)
  expect(hostFile(layout)).toBe('segment1\nsegment2\n')
  expect(segmentArguments(layout)).toEqual(['00:primary', '01:primary', '00:mirror', '01:mirror'])
})

it('without mirrors nothing speaks of them', () => {
  const plain = { ...layout, mirrors: false, segmentsPerHost: 1 }
  expect(gpinitsystemConfig(plain, coordinator)).not.toContain('MIRROR')
  expect(segmentArguments(plain)).toEqual(['00:primary'])
})
