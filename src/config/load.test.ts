import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SupervisorError, exitCodes } from '../errors.ts'
import { maskedConfig, type Environment } from './config.ts'
import { loadConfig } from './load.ts'

const catalogFile = '/usr/local/greenplum-db/share/postgresql/postgres.bki'

const load = (environment: Environment, files: Record<string, string> = {}) =>
  loadConfig({
    environment: { GREENPLUM_PASSWORD: 'secret-word', ...environment },
    hostname: 'gpdbsne',
    readFile: (path) => {
      const content = { [catalogFile]: '# PostgreSQL 9.4\n', ...files }[path]
      if (content === undefined)
        throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT' })
      return content
    },
  })

function faultOf(environment: Environment, files?: Record<string, string>): SupervisorError {
  try {
    load(environment, files)
  } catch (error) {
    if (error instanceof SupervisorError) return error
  }
  throw new Error('the configuration was accepted')
}

describe('loadConfig', () => {
  it('fills in the defaults of the stand', () => {
    expect(maskedConfig(load({}))).toMatchInlineSnapshot(`
      {
        "cluster": {
          "hostname": "gpdbsne",
          "hosts": [],
          "mirrors": false,
          "peer": undefined,
          "ready": "serving",
          "recovery": "auto",
          "segmentHosts": [],
          "segmentsPerHost": 2,
          "term": 1,
        },
        "greenplum": {
          "coordinatorDirectory": "/data/master/gpseg-1",
          "dataDirectory": "/data",
          "database": "gp_dwh",
          "deployment": "singlenode",
          "fastStart": {
            "enabled": true,
            "variable": "GREENPLUM_FAST_START",
          },
          "host": "gpdbsne",
          "initScriptsDirectory": "/docker-entrypoint-initdb.d",
          "password": "***",
          "passwordSync": false,
          "segmentPrefix": "gpseg",
          "startScript": "/start_gpdb.sh",
          "user": "gpadmin",
        },
        "hba": {
          "samehost": "trust",
        },
        "health": {
          "host": "127.0.0.1",
          "port": 8008,
        },
        "image": {
          "chosen": "seen",
          "family": "greenplum6",
          "reason": "/usr/local/greenplum-db has PostgreSQL 9.4",
        },
        "log": {
          "colours": true,
          "database": "warning",
          "format": "json",
          "level": "info",
          "pxf": "warning",
        },
        "platform": {
          "container": "<container>",
          "kind": "unknown",
        },
        "prepared": {
          "enabled": true,
          "file": "/opt/gp-supervisor/cluster.tar.zst",
          "variable": "GREENPLUM_PREPARED",
        },
        "protocols": {
          "directory": "/opt/gp-seed/protocols",
          "onError": "degraded",
        },
        "pxf": {
          "base": "/data/pxf",
          "classData": {
            "directory": "/opt/gp-supervisor/pxf",
            "enabled": true,
          },
          "confSeedDirectory": "/usr/local/pxf/conf",
          "enabled": true,
          "extensionDatabases": [
            "gp_dwh",
          ],
          "home": "/usr/local/pxf",
          "jvmOptions": "-Xmx512m -Xms256m",
          "port": 5888,
          "seedDirectory": "/opt/pxf-seed",
          "seedMode": "0",
          "syncOnStart": false,
        },
        "readySql": undefined,
        "sql": {
          "directory": "/opt/gp-seed/sql",
          "onError": "degraded",
          "statementTimeoutMs": 60000,
        },
        "stop": {
          "gracePeriodMs": 110000,
        },
        "withoutEffect": [],
      }
    `)
  })

  it('reports every fault at once, with name, value and what is allowed', () => {
    const fault = faultOf({
      PXF_SEED_OVERWRITE: 'yes',
      HEALTH_PORT: '80080',
      STOP_GRACE_PERIOD: '2 minutes',
      GREENPLUM_DATA_DIRECTORY: 'data',
      PG_HBA_SAMEHOST: 'md4',
      PXF_SEED_OVERWRIT: '1',
    })
    expect(fault.exitCode).toBe(exitCodes.configuration)
    expect(fault.message).toMatchInlineSnapshot(`
      "cannot use the configuration: 6 faults
        - GREENPLUM_DATA_DIRECTORY is "data"; allowed: an absolute path below /, such as /data: at most 200 characters, of letters, digits, _ . - and /, without . or .. as a component
        - PXF_SEED_OVERWRITE is "yes"; allowed: one of 0, 1, unmodified
        - PG_HBA_SAMEHOST is "md4"; allowed: one of trust, md5, off
        - STOP_GRACE_PERIOD is "2 minutes"; allowed: a duration greater than zero, with its unit, such as 110s, 2m or 500ms
        - HEALTH_PORT is "80080"; allowed: a port number, 0 to 65535
        - PXF_SEED_OVERWRIT is not a variable of this image; did you mean PXF_SEED_OVERWRITE?"
    `)
  })

  const longest = 'x'.repeat(63)
  it.each([
    ...['my user', "o'x", '$USER', '-x', 'a\nb', `${longest}x`, '..', 'a/b', '9x'].flatMap((value) => [
      ['GREENPLUM_USER', value],
      ['GREENPLUM_SEG_PREFIX', value],
    ]),
    ...['root', 'all', 'public', 'none', 'pg_x'].map((value) => ['GREENPLUM_USER', value]),
    ...['/my data', '/a"b', '/$x', '/a\nb', '/a/../b', '/a/.', '/..', '/', '//', '-x', '/a;b', '/a~b'].map(
      (value) => ['GREENPLUM_DATA_DIRECTORY', value],
    ),
    ['GREENPLUM_DATA_DIRECTORY', `/${'x'.repeat(200)}`],
    ['GREENPLUM_DATABASE_NAME', `${longest}x`],
    ['GREENPLUM_DATABASE_NAME', 'я'.repeat(32)],
    ['GREENPLUM_DATABASE_NAME', 'template0'],
    ['PXF_EXTENSION_DATABASES', `a,${longest}x`],
    ['READY_SQL_DATABASE', 'template0'],
  ] as [string, string][])('refuses %s=%j with what is allowed', (name, value) => {
    const { exitCode, message } = faultOf({ [name]: value })
    expect(exitCode).toBe(exitCodes.configuration)
    expect(message).toContain(`- ${name} is ${JSON.stringify(value)}; allowed: `)
  })

  it('takes names and paths that the base image can use', () => {
    const { greenplum } = load({
      GREENPLUM_USER: 'Gp-admin_1',
      GREENPLUM_SEG_PREFIX: longest,
      GREENPLUM_DATA_DIRECTORY: '/mnt//vol.1/data-x/',
      GREENPLUM_DATABASE_NAME: 'я'.repeat(31),
    })
    expect(greenplum.coordinatorDirectory).toBe(`/mnt/vol.1/data-x/master/${longest}-1`)
  })

  it('takes what works on a later start for a database: only the preflight sees whether it has to be made', () => {
    expect(load({ GREENPLUM_DATABASE_NAME: 'my "db"' }).greenplum.database).toBe('my "db"')
  })

  it('refuses both ways of giving the password, and never prints it', () => {
    const fault = faultOf({ GREENPLUM_PASSWORD_FILE: '/run/secrets/p' }, { '/run/secrets/p': 'x' })
    expect(fault.message).toContain(
      'GREENPLUM_PASSWORD and GREENPLUM_PASSWORD_FILE are both set; remove one of them',
    )
    expect(fault.message).not.toContain('secret-word')
  })

  it('names the missing password and the two ways to give it', () => {
    expect(faultOf({ GREENPLUM_PASSWORD: '' }).message).toContain(
      'GREENPLUM_PASSWORD is not set; set it, or set GREENPLUM_PASSWORD_FILE to a file that contains it',
    )
  })

  it('reads the password file as the base image does, without the newlines at its end', () => {
    const config = load(
      { GREENPLUM_PASSWORD: '', GREENPLUM_PASSWORD_FILE: '/run/secrets/p' },
      { '/run/secrets/p': ` $'"% word\n\n` },
    )
    expect(config.greenplum.password).toBe(` $'"% word`)
  })

  it('says which password file cannot be read', () => {
    const fault = faultOf({ GREENPLUM_PASSWORD: '', GREENPLUM_PASSWORD_FILE: '/run/secrets/p' })
    expect(fault.message).toContain('GREENPLUM_PASSWORD_FILE is "/run/secrets/p"; it cannot be read: ENOENT')
  })

  it.each(['', '\n', '\n\n'])('refuses a password file of %j: the password would be empty', (content) => {
    const fault = faultOf(
      { GREENPLUM_PASSWORD: '', GREENPLUM_PASSWORD_FILE: '/run/secrets/p' },
      { '/run/secrets/p': content },
    )
    expect(fault.exitCode).toBe(exitCodes.configuration)
    expect(fault.message).toBe(
      'cannot use the configuration: 1 fault\n  - GREENPLUM_PASSWORD_FILE is "/run/secrets/p"; the file is empty',
    )
  })

  it.each([
    ['PXF_PORT', '0', 'a port number, 1 to 65535'],
    ['PXF_PORT', '65536', 'a port number, 1 to 65535'],
    ['HEALTH_PORT', '65536', 'a port number, 0 to 65535'],
    ['READY_SQL_INTERVAL', '1ms', 'a duration from 1s to 24h with its unit, such as 30s or 5m'],
    ['READY_SQL_INTERVAL', '999ms', 'a duration from 1s to 24h with its unit, such as 30s or 5m'],
  ])('refuses %s=%s; allowed: %s', (name, value, allowed) => {
    expect(faultOf({ [name]: value }).message).toContain(`- ${name} is "${value}"; allowed: ${allowed}`)
  })

  it.each([
    [{ HEALTH_PORT: '5888' }, 'HEALTH_PORT and PXF_PORT are both 5888; set one of them to another port'],
    [{ PXF_PORT: '8008' }, 'HEALTH_PORT and PXF_PORT are both 8008; set one of them to another port'],
    [{ HEALTH_PORT: '5432' }, 'HEALTH_PORT is "5432", which is the port of Greenplum; set another port'],
    [{ PXF_PORT: '5432' }, 'PXF_PORT is "5432", which is the port of Greenplum; set another port'],
  ])('refuses two listeners on one port: %j', (environment, fault) => {
    const { exitCode, message } = faultOf(environment)
    expect(exitCode).toBe(exitCodes.configuration)
    expect(message).toBe(`cannot use the configuration: 1 fault\n  - ${fault}`)
  })

  it.each([
    { HEALTH_PORT: '0' },
    { PXF_PORT: '1', HEALTH_PORT: '2' },
    { READY_SQL_INTERVAL: '1000ms' },
    // Nobody listens there.
    { PXF_PORT: '8008', GREENPLUM_PXF_ENABLE: 'false' },
  ])('takes %j', (environment) => {
    expect(() => load(environment)).not.toThrow()
  })

  it('takes an empty variable for one that is not set', () => {
    expect(load({ PXF_SEED_OVERWRITE: '', STOP_GRACE_PERIOD: '' }).stop.gracePeriodMs).toBe(110_000)
  })

  it.each([
    ['500ms', 500],
    ['9s', 9000],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads the duration %s as %d ms', (given, expected) => {
    expect(load({ STOP_GRACE_PERIOD: given }).stop.gracePeriodMs).toBe(expected)
  })

  it('leaves the names of the base image and of PXF alone', () => {
    expect(() => load({ GREENPLUM_UID: '1001', PXF_CONF: '/x', PXF_LOGDIR: '/y' })).not.toThrow()
  })

  it('splits the list of databases that get the extension', () => {
    expect(load({ PXF_EXTENSION_DATABASES: 'gp_dwh, other' }).pxf.extensionDatabases).toEqual([
      'gp_dwh',
      'other',
    ])
    expect(faultOf({ PXF_EXTENSION_DATABASES: 'a,,b' }).message).toContain('separated by commas')
  })

  it('takes the names of the image that it finds, and says so to whoever brings those of another', () => {
    const cloudberry = {
      [catalogFile]: '',
      [catalogFile.replace('greenplum', 'cloudberry')]: '# PostgreSQL 14\n',
    }
    const given = { CLOUDBERRY_PASSWORD: 'x', CLOUDBERRY_DATA_DIRECTORY: '/berries' }
    const { greenplum } = load(given, cloudberry)
    expect(greenplum.coordinatorDirectory).toBe('/berries/master/gpseg-1')
    expect(greenplum.startScript).toBe('/start_cbdb.sh')
    expect(faultOf({ CLOUDBERRY_PASWORD: 'y' }, cloudberry).message).toBe(
      'cannot use the configuration: 2 faults\n' +
        '  - CLOUDBERRY_PASSWORD is not set; set it, or set CLOUDBERRY_PASSWORD_FILE to a file that contains it; this image is Cloudberry: its variables begin with CLOUDBERRY_, not GREENPLUM_\n' +
        '  - CLOUDBERRY_PASWORD is not a variable of this image; did you mean CLOUDBERRY_PASSWORD?',
    )
  })

  it('takes a family that is set by hand, and refuses one that is not known', () => {
    expect(load({ BASE_IMAGE_FAMILY: 'greenplum7' }).greenplum.profile.title).toBe('Greenplum 7')
    expect(faultOf({ BASE_IMAGE_FAMILY: 'greenplum5' }).message).toContain(
      'BASE_IMAGE_FAMILY is "greenplum5"; allowed: one of greenplum6, greenplum7, cloudberry',
    )
  })

  it('says that another folder of init scripts has no effect, and is silent over the one that is used', () => {
    expect(load({ INIT_SCRIPTS_DIR: '/docker-entrypoint-initdb.d/' }).withoutEffect).toEqual([])
    expect(load({ INIT_SCRIPTS_DIR: '/mine' }).withoutEffect).toEqual([
      {
        id: 'configuration.without-effect',
        severity: 'warning',
        text: 'INIT_SCRIPTS_DIR is "/mine", which no longer has any effect',
        cause:
          'a first start runs the scripts in /docker-entrypoint-initdb.d, the only directory that /start_gpdb.sh uses',
        where: 'INIT_SCRIPTS_DIR',
        fix: 'mount the scripts at /docker-entrypoint-initdb.d and remove the variable',
      },
    ])
  })

  it('cannot be changed once it is loaded', () => {
    expect(Object.isFrozen(load({}).pxf.extensionDatabases)).toBe(true)
  })
})

describe('the stand', () => {
  it.each([
    'PXF_JVM_OPTS',
    'BASE_IMAGE_FAMILY',
    'SQL_STATEMENT_TIMEOUT',
    'READY_SQL_DATABASE',
    'READY_SQL_TIMEOUT',
    'READY_SQL_INTERVAL',
    'PROTOCOLS_ON_ERROR',
    'SQL_ON_ERROR',
    'STOP_GRACE_PERIOD',
  ])('takes %s from .env, as a fix may say', (name) => {
    const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    expect(textOf('docker-compose.yml')).toContain(`      ${name}: \${${name}:-`)
    expect(textOf('.env.example')).toMatch(new RegExp(`^${name}=`, 'm'))
  })

  it('waits longer for a stop than the supervisor does, and that limit is in .env as well', () => {
    const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
    const ms = (name: string) => {
      const value = new RegExp(`\\$\\{${name}:-(\\w+)\\}`).exec(compose)?.[1] ?? ''
      return load({ STOP_GRACE_PERIOD: value }).stop.gracePeriodMs
    }
    expect(ms('GP_STOP_TIMEOUT')).toBeGreaterThan(ms('STOP_GRACE_PERIOD'))
    expect(compose).toContain('    stop_grace_period: ${GP_STOP_TIMEOUT:-2m}\n')
  })
})
