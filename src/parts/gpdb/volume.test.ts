import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

function prepare() {
  const data = join(root, 'data')
  mkdirSync(data, { recursive: true })
  const environment = { GREENPLUM_PASSWORD: 'x', GREENPLUM_DATA_DIRECTORY: data, START_SCRIPT: '/s.sh' }
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
