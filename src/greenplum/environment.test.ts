import { expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { startScriptEnvironment } from './environment.ts'

it('the start script gets what was resolved, so that an empty variable counts as not set for it too', () => {
  const names = ['USER', 'DATABASE_NAME', 'DATA_DIRECTORY', 'SEG_PREFIX', 'DEPLOYMENT', 'PXF_ENABLE']
  const empty = Object.fromEntries(names.map((name) => [`GREENPLUM_${name}`, '']))
  const environment = { ...empty, GREENPLUM_PASSWORD: 'p', GREENPLUM_WALG_ENABLE: 'true', TZ: undefined }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  expect(startScriptEnvironment(environment, config)).toEqual({
    GREENPLUM_PASSWORD: 'p',
    GREENPLUM_WALG_ENABLE: 'true',
    GREENPLUM_USER: 'gpadmin',
    GREENPLUM_DATABASE_NAME: 'gp_dwh',
    GREENPLUM_DATA_DIRECTORY: '/data',
    GREENPLUM_SEG_PREFIX: 'gpseg',
    GREENPLUM_DEPLOYMENT: 'singlenode',
    GREENPLUM_PXF_ENABLE: 'false',
    MASTER_DATA_DIRECTORY: '/data/master/gpseg-1',
    COORDINATOR_DATA_DIRECTORY: '/data/master/gpseg-1',
  })
})
