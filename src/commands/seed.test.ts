import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { checkSeeds } from './seed.ts'

const repository = new URL('../../', import.meta.url).pathname

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'gp-check-')))
  await cp(join(repository, 'seed'), join(folder, 'build/seed'), { recursive: true })
  await mkdir(join(folder, 'conf'))
})
afterEach(() => rm(folder, { recursive: true }))

const put = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}

/** The step of Dockerfile.greenplum that copies `seed/`, as it stands there. */
async function buildSeeds(): Promise<void> {
  const dockerfile = await readFile(join(repository, 'Dockerfile.greenplum'), 'utf8')
  const step =
    /^RUN (mkdir -p \/rootfs\/opt\/pxf-seed.*\\\n(?:.*\\\n)*.*)$/m.exec(dockerfile)?.[1] ?? 'exit 9'
  const script = step.replaceAll('\\\n', '').replaceAll('/rootfs/opt', folder)
  await promisify(execFile)('sh', ['-c', script], { cwd: join(folder, 'build') })
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
    await buildSeeds()
    expect(await check()).toBe(
      'the files of the image can be used:\n' +
        '  files for PXF_BASE: 1 (…/pxf-seed, …/conf)\n' +
        '  SQL files: 4 (…/gp-seed/sql)\n' +
        '  manifests: 2 (…/gp-seed/protocols)',
    )
  })

  it('asks for no value of a placeholder', async () => {
    await buildSeeds()
    await put('pxf-seed/servers/db/jdbc-site.xml', '<a>${env:NOBODY_SETS_THIS}</a>')
    expect(await check()).toContain('PXF_BASE: 2 (')
  })

  it('refuses every fault at once, each with file and line, or with file and key', async () => {
    await buildSeeds()
    await put('pxf-seed/servers/db/jdbc-site.xml', '<a>\n<b>x?a=1&b=2</b></a>')
    await put('pxf-seed/servers/db/s3-site.xml', '<a>${env:KEY:-x</a>')
    await put('conf/pxf-profiles.xml', '<a>\n<b>\n</a>')
    await put('gp-seed/sql/50-mine.sql', '\nDROP TABLE public.mine;\n')
    await put('gp-seed/protocols/mine/manifest.json', '{')
    await put('gp-seed/protocols/yours/manifest.json', '{"protocol":{"name":"x","read":"r","trust":1}}')
    const text = await check().catch((error: Error) => error.message)
    expect(text.replaceAll(folder, '…').split('\n  - ')).toEqual([
      'cannot use the files of the image:',
      '…/conf/pxf-profiles.xml, line 3: a closing tag that does not match the tag opened in line 2; fix it in the image, then rebuild it',
      '…/pxf-seed/servers/db/jdbc-site.xml, line 2: a bare &; write &amp;; fix it in the image, then rebuild it',
      '…/pxf-seed/servers/db/s3-site.xml, line 1: an unfinished ${env:…}; write ${env:NAME} or ${env:NAME:-default}, with &lt; for <; fix it in the image, then rebuild it',
      expect.stringMatching(/^…\/gp-seed\/sql\/50-mine\.sql:2: DROP TABLE deletes what users store there/),
      expect.stringMatching(/^…\/gp-seed\/protocols\/mine\/manifest\.json: this is not valid JSON: .*line 1/),
      '…/gp-seed/protocols/yours/manifest.json: protocol.trust is not a key of a manifest',
    ])
  })

  it('refuses a folder of protocols without a manifest, or with a misspelt one', async () => {
    await put('build/seed/protocols/mine/mine.c', '')
    const demo = join(folder, 'build/seed/protocols/demoprot')
    await rename(join(demo, 'manifest.json'), join(demo, 'Manifest.json'))
    await buildSeeds()
    const text = await check().catch((error: Error) => error.message)
    const missing = (name: string) =>
      `cannot read …/gp-seed/protocols/${name}/manifest.json: it does not exist`
    expect(text.replaceAll(folder, '…').split('\n  - ')).toEqual([
      'cannot use the files of the image:',
      missing('demoprot'),
      missing('mine'),
    ])
  })

  it('leaves the files of PXF out where it is switched off', async () => {
    expect(await check({ GREENPLUM_PXF_ENABLE: 'false', PXF_CONF_SEED_DIR: '/none' })).toContain(
      'PXF_BASE: 0 (',
    )
  })
})

describe('the step of the Dockerfile that copies seed/', () => {
  it('refuses every name that it does not know, and says which it knows', async () => {
    await put('build/seed/server/db/jdbc-site.xml', '<a/>')
    await put('build/seed/drivers/my driver.jar', '')
    await put('build/seed/protocols/loose.c', '')
    const error = await buildSeeds().catch((cause: { stderr: string; code: number }) => cause)
    expect(error).toMatchObject({
      code: 1,
      stderr:
        'seed/drivers: not known, so nothing would use it\n' +
        'seed/server: not known, so nothing would use it\n' +
        'seed/protocols/loose.c: not known, so nothing would use it\n' +
        'known are conf, keytabs, lib, servers (for PXF_BASE), data, sql, protocols/<name>/ and README*; rename or remove what is not\n',
    })
  })

  it('needs none of the folders', async () => {
    await rm(join(folder, 'build/seed'), { recursive: true })
    await put('build/seed/protocols/compile.sh', '')
    await buildSeeds()
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual([
      'build',
      'build/seed',
      'build/seed/protocols',
      'build/seed/protocols/compile.sh',
      'conf',
      'gp-seed',
      'gp-seed/protocols',
      'pxf-seed',
    ])
  })

  it('copies every folder that it knows, and leaves README files and hidden ones alone', async () => {
    for (const path of ['conf/a b.xml', 'keytabs/k', 'lib/native/x.so', 'README.md', '.DS_Store'])
      await put(`build/seed/${path}`, 'x')
    await put('build/seed/protocols/README', 'x')
    await buildSeeds()
    const copied = await readdir(folder, { recursive: true })
    expect(copied.filter((path) => /^(?:pxf|gp)-seed.*\./.test(path)).toSorted()).toEqual([
      'gp-seed/data/customers.txt',
      'gp-seed/protocols/demoprot/manifest.json',
      'gp-seed/protocols/length_prefixed/manifest.json',
      'gp-seed/sql/10-ext_bookings.sql',
      'gp-seed/sql/20-stg_ext.sql',
      'gp-seed/sql/30-fixedwidth.sql',
      'gp-seed/sql/40-customers.sql',
      'gp-seed/sql/README.md',
      'pxf-seed/conf/a b.xml',
      'pxf-seed/lib/native/x.so',
      'pxf-seed/servers/bookings-db/jdbc-site.xml',
    ])
    expect(copied).toContain('pxf-seed/keytabs/k')
  })
})
