import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { checkSeeds } from './seed.ts'

const repository = new URL('../../', import.meta.url).pathname

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'gp-check-')))
  // As Dockerfile.greenplum puts them into the image.
  await cp(join(repository, 'seed/servers'), join(folder, 'pxf-seed/servers'), { recursive: true })
  await cp(join(repository, 'seed/sql'), join(folder, 'gp-seed/sql'), { recursive: true })
  await cp(join(repository, 'seed/protocols'), join(folder, 'gp-seed/protocols'), { recursive: true })
  await mkdir(join(folder, 'conf'))
})
afterEach(() => rm(folder, { recursive: true }))

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

async function check(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const environment = {
    GREENPLUM_PASSWORD: 'x',
    PXF_SEED_DIR: join(folder, 'pxf-seed'),
    PXF_CONF_SEED_DIR: join(folder, 'conf'),
    GP_SEED_DIR: join(folder, 'gp-seed'),
    ...more,
  }
  let printed = ''
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  await checkSeeds({ config, print: (text) => (printed += text) })
  return printed.replaceAll(folder, '…')
}

describe('seed --check', () => {
  it('accepts what this image brings', async () => {
    expect(await check()).toBe(
      'what the image brings can be used:\n' +
        '  files for PXF_BASE: 1 (…/pxf-seed, …/conf)\n' +
        '  SQL files: 4 (…/gp-seed/sql)\n' +
        '  manifests: 2 (…/gp-seed/protocols)',
    )
  })

  it('asks for no value of a placeholder', async () => {
    await put('pxf-seed/servers/db/jdbc-site.xml', '<a>${env:NOBODY_SETS_THIS}</a>')
    expect(await check()).toContain('PXF_BASE: 2 (')
  })

  it('refuses every fault at once, each with file and line', async () => {
    await put('pxf-seed/servers/db/jdbc-site.xml', '<a>\n<b>x?a=1&b=2</b></a>')
    await put('pxf-seed/servers/db/s3-site.xml', '<a>${env:KEY:-x</a>')
    await put('conf/pxf-profiles.xml', '<a>\n<b>\n</a>')
    await put('gp-seed/sql/50-mine.sql', '\nDROP TABLE public.mine;\n')
    await put('gp-seed/protocols/mine/manifest.json', '{')
    const text = await check().catch((error: Error) => error.message)
    expect(text.replaceAll(folder, '…').split('\n  - ')).toEqual([
      'cannot use what the image brings:',
      '…/conf/pxf-profiles.xml, line 3: a closing tag that is not the one of the tag opened in line 2; fix it in the image and build it again',
      '…/pxf-seed/servers/db/jdbc-site.xml, line 2: a bare &; write &amp;; fix it in the image and build it again',
      '…/pxf-seed/servers/db/s3-site.xml, line 1: an unfinished ${env:…}; write ${env:NAME} or ${env:NAME:-default}, with &lt; for <; fix it in the image and build it again',
      expect.stringMatching(/^…\/gp-seed\/sql\/50-mine\.sql:2: DROP TABLE loses what users keep there/),
      expect.stringMatching(/^…\/gp-seed\/protocols\/mine\/manifest\.json: this is not JSON/),
    ])
  })

  it('leaves the files of PXF out where it is switched off', async () => {
    expect(await check({ GREENPLUM_PXF_ENABLE: 'false', PXF_CONF_SEED_DIR: '/none' })).toContain(
      'PXF_BASE: 0 (',
    )
  })
})
