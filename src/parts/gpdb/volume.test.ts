import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, afterEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { exitCodes } from '../../errors.ts'
import { writeMarker } from '../../volume/state.ts'
import { prepareVolume } from './volume.ts'

let root = ''
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'gp-first-'))))
afterEach(() => rmSync(root, { recursive: true }))

function prepare(more: Readonly<Record<string, string>> = {}) {
  const data = join(root, 'data')
  mkdirSync(data, { recursive: true })
  const given = { GREENPLUM_PASSWORD: 'x', GREENPLUM_DATA_DIRECTORY: data, START_SCRIPT: '/s.sh' }
  const environment = { ...given, ...more }
  const readFile = (path: string) => (path === '/s.sh' ? `gp_custom_init_dir="${join(root, 'init')}"\n` : '')
  const config = loadConfig({ environment, hostname: 'h', readFile })
  const nothing = () => {}
  return {
    data,
    start: () => prepareVolume({ config, logger: { info: nothing, warn: nothing } as never, note: nothing }),
  }
}

describe('the custom init scripts of a first start', () => {
  it('are waited for where there are some', async () => {
    const { start } = prepare()
    expect(await start()).toMatchObject({ firstStart: true, hasInitScripts: false })
    mkdirSync(join(root, 'init'))
    writeFileSync(join(root, 'init/10-x.sql'), '')
    expect(await start()).toMatchObject({ firstStart: true, hasInitScripts: true })
  })

  it('refuse it where nobody can tell: the script would leave them out without a word', async () => {
    const { data, start } = prepare()
    symlinkSync('init', join(root, 'init'))
    await expect(start()).rejects.toMatchObject({
      exitCode: exitCodes.configuration,
      message: expect.stringMatching(
        /^cannot read the folder of custom init scripts: ELOOP.*; make .*init readable/,
      ) as string,
    })
    // A later start runs none.
    mkdirSync(join(data, 'master/gpseg-1/global'), { recursive: true })
    writeFileSync(join(data, 'master/gpseg-1/global/pg_control'), '')
    writeFileSync(join(data, 'master/gpseg-1/pg_hba.conf'), '')
    await writeMarker(data, 'scripts-unfinished', 'now')
    expect(await start()).toMatchObject({ firstStart: false, scriptsUnfinished: true })
  })
})

describe('the files from which gpinitsystem creates a cluster of several hosts', () => {
  const hosts = { CLUSTER_SEGMENT_HOSTS: 'one, two', CLUSTER_SEGMENTS: '1' }
  const files = (data: string) => readdirSync(data).filter((name) => !name.startsWith('.'))

  it('are written by the first start of its coordinator, from the variables', async () => {
    const { data, start } = prepare({ ...hosts, GREENPLUM_DEPLOYMENT: 'master' })
    await start()
    expect(readFileSync(join(data, 'hostfile_gpinitsystem'), 'utf8')).toBe('one\ntwo\n')
    expect(readFileSync(join(data, 'gpinitsystem_config'), 'utf8')).toContain(
      `MASTER_HOSTNAME=h\nMASTER_DIRECTORY=${data}/master\n`,
    )
  })

  it.each([
    ['on one host', hosts],
    ['without the names of hosts', { GREENPLUM_DEPLOYMENT: 'master' }],
  ])('are left to the start script %s', async (_, more) => {
    const { data, start } = prepare(more)
    await start()
    expect(files(data)).toEqual([])
  })
})
