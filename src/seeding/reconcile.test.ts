import { chmod, lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sentenceOf } from '../findings/finding.ts'
import { driftOf, inspectSeeds, reconcileSeeds, type SeedReport } from './reconcile.ts'
import { makeStand, password, sitePath, type Stand } from './stand.fixture.ts'

let stand: Stand
beforeEach(async () => {
  stand = await makeStand()
})
afterEach(() => stand.remove())

const filesOf = ({ files }: SeedReport) =>
  Object.fromEntries(files.map(({ path, state, action }) => [path, `${state}: ${action}`]))
const entry = (report: SeedReport, path: string) => report.files.find((file) => file.path === path)
const manifest = async () => JSON.parse(await stand.read('.seed-manifest.json')) as { files: object }

describe('reconcileSeeds on an empty volume', () => {
  it('writes every file, seed folder and templates together', async () => {
    const report = await reconcileSeeds(stand.options())
    expect(report).toMatchObject({ outcome: 'changed', warnings: [] })
    expect(filesOf(report)).toEqual({
      'conf/pxf-application.properties': 'missing: write',
      'conf/pxf-env.sh': 'missing: write',
      'conf/pxf-profiles.xml': 'missing: write',
      'lib/driver.jar': 'missing: write',
      [sitePath]: 'missing: write',
    })
    expect(await stand.read('conf/pxf-env.sh')).toBe(
      '#!/bin/bash\n# export PXF_JVM_OPTS="-Xmx2g -Xms1g"\nexport PXF_JVM_OPTS="-Xmx512m -Xms256m"\n',
    )
    expect(await stand.read(sitePath)).toContain('<value>p&#38;ss&#60;w&#62;&#34;ord</value>')
  })

  it('makes the directories of PXF with their modes, whatever the umask', async () => {
    await stand.image('servers/empty/.keep', '')
    const before = process.umask(0o077)
    await reconcileSeeds(stand.options()).finally(() => process.umask(before))
    const directories = [
      '.',
      'conf',
      'lib',
      'lib/native',
      'servers',
      'servers/default',
      'servers/empty',
      'servers/bookings-db',
      'logs',
      'run',
      'keytabs',
    ]
    const modes = await Promise.all(directories.map(async (path) => `${await stand.mode(path)} ${path}`))
    expect(modes).toEqual([
      '755 .',
      '744 conf',
      '744 lib',
      '744 lib/native',
      '744 servers',
      '744 servers/default',
      '755 servers/empty',
      '755 servers/bookings-db',
      '700 logs',
      '700 run',
      '700 keytabs',
    ])
  })

  it('takes the modes of files from the image, with what the owner needs and without setuid', async () => {
    await stand.image('lib/read-only.jar', 'x', 0o444)
    await stand.image('lib/tool', 'x', 0o6755)
    await reconcileSeeds(stand.options())
    const paths = [
      'conf/pxf-env.sh',
      'lib/driver.jar',
      'lib/read-only.jar',
      'lib/tool',
      sitePath,
      '.seed-manifest.json',
    ]
    expect(await Promise.all(paths.map(stand.mode))).toEqual(['755', '644', '644', '755', '600', '600'])
  })

  it('prefers a file of the seed folder to the template of the same path', async () => {
    await stand.image('conf/pxf-profiles.xml', '<mine/>')
    await reconcileSeeds(stand.options())
    expect(await stand.read('conf/pxf-profiles.xml')).toBe('<mine/>')
  })

  it('does nothing the second time', async () => {
    await reconcileSeeds(stand.options())
    const before = await stand.everything()
    for (const mode of ['0', '1', 'unmodified'] as const) {
      const report = await reconcileSeeds(stand.options(mode, { now: () => new Date('2027-01-01') }))
      expect(report.outcome).toBe('unchanged')
      expect(driftOf(report)).toEqual([])
    }
    expect(await stand.everything()).toEqual(before)
  })

  it('creates PXF_BASE with its parents, and follows it when it is a link', async () => {
    const real = join(stand.folder, 'elsewhere')
    await mkdir(real)
    await symlink(real, stand.base)
    await reconcileSeeds(stand.options())
    expect((await readdir(real)).toSorted()).toContain('servers')
    const deep = join(stand.folder, 'a/b/pxf')
    expect((await reconcileSeeds(stand.options('0', { pxfBase: deep }))).outcome).toBe('changed')
  })
})

describe('reconcileSeeds on files that differ', () => {
  const url = 'template:pxf-application.properties'
  const path = 'conf/pxf-application.properties'

  it.each([
    ['0', 'outdated: keep', 'edited: keep'],
    ['unmodified', 'outdated: overwrite', 'edited: keep'],
    ['1', 'outdated: overwrite', 'edited: overwrite'],
  ] as const)('in mode %s: untouched and outdated %s, edited %s', async (mode, untouched, edited) => {
    await reconcileSeeds(stand.options())
    await stand.image(url, 'new')
    await stand.volume('conf/pxf-profiles.xml', '<edited/>')
    const report = await reconcileSeeds(stand.options(mode))
    expect(report.files.filter(({ backup }) => backup !== undefined)).toHaveLength(mode === '1' ? 2 : 0)
    expect(filesOf(report)).toMatchObject({ [path]: untouched, 'conf/pxf-profiles.xml': edited })
    expect(await stand.read(path)).toBe(untouched.endsWith('keep') ? '# pxf.max.threads=200\n' : 'new')
    expect(await stand.read('conf/pxf-profiles.xml')).toBe(
      edited.endsWith('keep') ? '<edited/>' : '<?xml version="1.0"?>\n<profiles/>\n',
    )
    expect((await reconcileSeeds(stand.options(mode))).outcome).toBe('unchanged')
  })

  it('keeps the old file with its mode beside the new one, and no earlier backup is lost', async () => {
    await reconcileSeeds(stand.options())
    const backups: string[] = []
    for (const text of ['first', 'second', 'third']) {
      await stand.volume(sitePath, text, 0o640)
      const backup = entry(await reconcileSeeds(stand.options('1')), sitePath)?.backup ?? ''
      expect(await stand.read(backup)).toBe(text)
      expect(await stand.mode(backup)).toBe('640')
      backups.push(backup)
    }
    expect(backups).toEqual([
      `${sitePath}.bak-20261121T071500Z`,
      `${sitePath}.bak-20261121T071500Z-2`,
      `${sitePath}.bak-20261121T071500Z-3`,
    ])
    expect(await stand.mode(sitePath)).toBe('600')
  })

  it('never makes a file wider than the user made it', async () => {
    await stand.volume(path, 'mine', 0o600)
    await reconcileSeeds(stand.options('1'))
    expect(await stand.mode(path)).toBe('600')
  })

  it('writes again what was deleted', async () => {
    await reconcileSeeds(stand.options())
    await rm(join(stand.base, path))
    expect(filesOf(await reconcileSeeds(stand.options()))[path]).toBe('missing: write')
  })

  it('takes over files of an older stand that equal the image, and nothing else', async () => {
    await stand.volume(path, '# pxf.max.threads=200\n')
    await stand.volume('conf/pxf-profiles.xml', '<of-unknown-origin/>')
    await reconcileSeeds(stand.options('unmodified'))
    expect(Object.keys((await manifest()).files)).toContain(path)
    expect(Object.keys((await manifest()).files)).not.toContain('conf/pxf-profiles.xml')
    await stand.image(url, 'new')
    await stand.image('template:pxf-profiles.xml', '<new/>')
    expect(filesOf(await reconcileSeeds(stand.options('unmodified')))).toMatchObject({
      [path]: 'outdated: overwrite',
      'conf/pxf-profiles.xml': 'edited: keep',
    })
  })

  it('is right after a crash between the files and the manifest', async () => {
    await reconcileSeeds(stand.options())
    const old = await stand.read('.seed-manifest.json')
    await stand.image(url, 'second image')
    await reconcileSeeds(stand.options('unmodified'))
    await stand.volume('.seed-manifest.json', old)
    expect(filesOf(await reconcileSeeds(stand.options('unmodified')))[path]).toBe('current: none')
    await stand.image(url, 'third image')
    expect(filesOf(await reconcileSeeds(stand.options('unmodified')))[path]).toBe('outdated: overwrite')
  })

  it.each(['{', '[]', '{"version":2,"files":{}}', '{"version":1,"files":{"x":{"sha256":"no"}}}', ''])(
    'overwrites nothing when the manifest is %j, and says so',
    async (text) => {
      await reconcileSeeds(stand.options())
      await stand.volume('.seed-manifest.json', text)
      await stand.image(url, 'new')
      const report = await reconcileSeeds(stand.options('unmodified'))
      expect(filesOf(report)[path]).toBe('edited: keep')
      expect(report.warnings.map(sentenceOf)).toEqual([
        '.seed-manifest.json cannot be used: earlier seeding is unknown, so files that differ count as edited',
      ])
      expect((await reconcileSeeds(stand.options('unmodified'))).warnings).toEqual([])
    },
  )

  it('says which file of an earlier image is left over', async () => {
    await reconcileSeeds(stand.options())
    await rename(join(stand.seedDir, 'lib/driver.jar'), join(stand.seedDir, 'lib/driver-2.jar'))
    const [warning, ...others] = (await reconcileSeeds(stand.options())).warnings
    expect(others).toEqual([])
    expect(warning && sentenceOf(warning)).toBe(
      'lib/driver.jar came from an earlier image and is not in this one; delete it if nothing needs it',
    )
  })
})

describe('a server whose variables are gone', () => {
  const without = { environment: {} }

  it('stays as it is where its files are kept anyway, which is no fault', async () => {
    await reconcileSeeds(stand.options())
    const before = await stand.everything()
    const report = await reconcileSeeds(stand.options('0', without))
    expect([report.outcome, report.heldBack]).toEqual(['unchanged', []])
    expect(filesOf(report)[sitePath]).toBe('unfilled: keep')
    expect(driftOf(report)).toMatchObject([
      {
        path: sitePath,
        state: 'unfilled',
        text: `${sitePath} is kept and cannot be compared with the image's version, because BOOKINGS_DB_USER, BOOKINGS_DB_PASSWORD cannot be filled in`,
      },
    ])
    expect(await stand.everything()).toEqual(before)
    await stand.volume(sitePath, '<mine/>', 0o600)
    expect((await reconcileSeeds(stand.options('unmodified', without))).heldBack).toEqual([])
    expect(filesOf(await reconcileSeeds(stand.options()))[sitePath]).toBe('edited: keep')
  })

  it.each(['unmodified', '1'] as const)(
    'stays as it is, and says so, where it should be written: %s',
    async (mode) => {
      await reconcileSeeds(stand.options())
      const before = await stand.everything()
      const { outcome, heldBack } = await reconcileSeeds(stand.options(mode, without))
      expect([outcome, heldBack.map(({ server, onVolume }) => `${server} ${onVolume}`)]).toEqual([
        'unchanged',
        ['bookings-db true'],
      ])
      expect(await stand.everything()).toEqual(before)
    },
  )
})

describe('conf/pxf-env.sh on the volume', () => {
  const path = 'conf/pxf-env.sh'
  const line = 'export PXF_JVM_OPTS="-Xmx512m -Xms256m"\n'

  it('gets our line once, every other byte and the mode kept', async () => {
    await stand.volume(path, 'export JAVA_HOME=/j\r\n\u00ff', 0o640)
    expect(filesOf(await reconcileSeeds(stand.options()))[path]).toBe('edited: amend')
    expect(await stand.read(path)).toBe(`export JAVA_HOME=/j\r\n\u00ff\n${line}`)
    expect(await stand.mode(path)).toBe('640')
    const again = await reconcileSeeds(stand.options())
    expect(again.outcome).toBe('unchanged')
    expect(filesOf(again)[path]).toBe('edited: keep')
  })

  it('of an older stand counts as ours once it reads like the image', async () => {
    await stand.volume(path, '#!/bin/bash\n# export PXF_JVM_OPTS="-Xmx2g -Xms1g"\n')
    const report = await reconcileSeeds(stand.options())
    expect([report.outcome, filesOf(report)[path]]).toEqual(['changed', 'current: amend'])
    await stand.image('template:pxf-env.sh', 'export PXF_JVM_OPTS=-Xmx1g\n')
    expect(filesOf(await reconcileSeeds(stand.options('unmodified')))[path]).toBe('outdated: overwrite')
  })

  it('is left alone where the user sets the heap', async () => {
    await reconcileSeeds(stand.options())
    await stand.volume(path, 'PXF_JVM_OPTS="-Xmx1g"\n')
    const report = await reconcileSeeds(stand.options())
    expect([report.outcome, filesOf(report)[path]]).toEqual(['unchanged', 'edited: keep'])
  })
})

describe('links inside PXF_BASE', () => {
  it('are followed, and stay links', async () => {
    await mkdir(join(stand.base, 'shared'), { recursive: true })
    await mkdir(join(stand.base, 'servers'))
    await symlink('../shared', join(stand.base, 'servers/bookings-db'))
    await stand.volume('shared/real.xml', 'old')
    await symlink('real.xml', join(stand.base, 'shared/jdbc-site.xml'))
    const report = await reconcileSeeds(stand.options('1'))
    expect(await stand.read('shared/real.xml')).toContain('<configuration>')
    expect((await lstat(join(stand.base, 'shared/jdbc-site.xml'))).isSymbolicLink()).toBe(true)
    expect(entry(report, sitePath)?.backup).toBe('shared/real.xml.bak-20261121T071500Z')
    expect((await reconcileSeeds(stand.options('1'))).outcome).toBe('unchanged')
  })
})

describe('what is reported', () => {
  it('has no secret in it, nor a content', async () => {
    await stand.volume(sitePath, `<edited>${password}</edited>`, 0o644)
    const options = stand.options()
    const reports = [
      await inspectSeeds(options),
      await reconcileSeeds(options),
      await reconcileSeeds(stand.options('1')),
    ]
    expect(JSON.stringify([reports, reports.map(driftOf)])).not.toMatch(/p&|p&#|ss<w|configuration>/)
    expect(reports[0]?.warnings.map(sentenceOf)).toEqual([
      `${sitePath} holds credentials and is readable by other users (mode 0644); run "chmod 600 ${stand.base}/${sitePath}"`,
    ])
  })

  it('warns about keytabs that others can read, and leaves the modes of directories alone', async () => {
    await mkdir(join(stand.base, 'keytabs'), { recursive: true })
    await mkdir(join(stand.base, 'conf'))
    await chmod(join(stand.base, 'keytabs'), 0o750)
    await chmod(join(stand.base, 'conf'), 0o711)
    const { warnings } = await reconcileSeeds(stand.options())
    expect(warnings.map(sentenceOf)).toEqual([
      `keytabs is readable by other users (mode 0750); run "chmod 700 ${stand.base}/keytabs"`,
    ])
    expect([await stand.mode('keytabs'), await stand.mode('conf')]).toEqual(['750', '711'])
  })

  it('says what a start would do, without doing it', async () => {
    expect(filesOf(await inspectSeeds(stand.options()))).toMatchObject({ [sitePath]: 'missing: write' })
    expect(await stand.everything()).toEqual({})
    await stand.volume(sitePath, 'old')
    const report = await inspectSeeds(stand.options('1'))
    expect(entry(report, sitePath)).toEqual({
      path: sitePath,
      state: 'edited',
      action: 'overwrite',
      backup: `${sitePath}.bak-20261121T071500Z`,
    })
    expect(await stand.read(sitePath)).toBe('old')
  })

  it('gives one sentence of advice for each file that differs', async () => {
    await reconcileSeeds(stand.options())
    await stand.image('template:pxf-application.properties', 'new')
    await stand.volume('conf/pxf-profiles.xml', '<edited/>')
    await stand.volume('lib/driver.jar', 'edited')
    await stand.image('lib/driver.jar', 'new')
    await rm(join(stand.base, sitePath))
    const advice = (mode: '0' | '1') =>
      inspectSeeds(stand.options(mode)).then((report) =>
        driftOf(report).map(({ text, fix }) => `${text}; ${fix}`),
      )
    expect({ '0': await advice('0'), '1': await advice('1') }).toMatchSnapshot()
    expect(driftOf(await reconcileSeeds(stand.options())).map(({ path }) => path)).toEqual([
      'conf/pxf-application.properties',
      'conf/pxf-profiles.xml',
      'lib/driver.jar',
    ])
  })
})
