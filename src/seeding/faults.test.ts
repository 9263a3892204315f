/** Every bad input: its text, and that nothing was written; of a single server, that nothing of it was. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heldBackFinding, serverOf } from './faults.ts'
import type { SeedMode } from './plan.ts'
import { driftOf, inspectSeeds, reconcileSeeds, type SeedOptions } from './reconcile.ts'
import { isRoot, makeStand, mayMount, password } from './stand.fixture.ts'
import { refusalOf, site, sitePath, type Stand } from './stand.fixture.ts'

let stand: Stand
beforeEach(async () => {
  stand = await makeStand()
})
afterEach(() => stand.remove())

/** The faults, without what all have in common; and the proof that the volume is as it was. */
async function faults(changes: Partial<SeedOptions> = {}): Promise<string> {
  const before = await stand.everything()
  const text = await refusalOf(reconcileSeeds(stand.options('1', changes)))
  expect(await stand.everything()).toEqual(before)
  expect(text).not.toContain(password)
  const start = `cannot seed ${changes.pxfBase ?? stand.base}: `
  expect(text.startsWith(start)).toBe(true)
  return text.slice(start.length).replaceAll(stand.folder, '…')
}

/** What is said of the servers that are held back; and the proof that the rest was seeded, and nothing of theirs. */
async function heldBack(mode: SeedMode = '0', changes: Partial<SeedOptions> = {}): Promise<string[]> {
  const before = await stand.everything()
  const options = stand.options(mode, changes)
  expect((await inspectSeeds(options)).heldBack).toHaveLength((await reconcileSeeds(options)).heldBack.length)
  const { files, heldBack: held, warnings } = await reconcileSeeds(options)
  expect(warnings).toEqual([])
  const servers = held.map(({ server }) => server)
  const theirs = (paths: Record<string, string>) =>
    Object.entries(paths).filter(([path]) => servers.includes(serverOf(path) ?? ''))
  expect(theirs(await stand.everything())).toEqual(theirs(before))
  expect(await stand.read('conf/pxf-profiles.xml')).toContain('<profiles/>')
  expect(files.map(({ path }) => serverOf(path)).filter((server) => servers.includes(server ?? ''))).toEqual(
    [],
  )
  expect((await reconcileSeeds(options)).outcome).toBe('unchanged')
  return held.map((one) => {
    const { id, where, text, cause, fix } = heldBackFinding(one)
    expect(text + cause + fix).not.toContain(password)
    return `${id} ${where}: ${text.split(' with: ')[0]}: ${cause} | ${fix}`.replaceAll(stand.folder, '…')
  })
}
const notSeeded = (server: string) =>
  `seeds.server servers/${server}: PXF server ${server} is not seeded, and queries over it fail: `
const [again, inTheImage] = ['then start the container again', 'in the image, then rebuild it']

describe('bad seeds', () => {
  it.each([
    ['seedDir', 'PXF_SEED_DIR'],
    ['confSeedDir', 'PXF_CONF_SEED_DIR'],
  ])('a missing folder: %s', async (option, variable) => {
    expect(await faults({ [option]: join(stand.folder, 'none') })).toBe(
      `${variable} is …/none: it does not exist; add it to the image, or set the variable to its path`,
    )
  })

  it('a file instead of the folder', async () => {
    expect(await faults({ seedDir: join(stand.seedDir, sitePath) })).toBe(
      `PXF_SEED_DIR is …/seed/${sitePath}: it is not a directory; set the variable to a directory`,
    )
  })

  it('a link out of the directory, even to a harmless file', async () => {
    await symlink('/etc/hostname', join(stand.seedDir, 'lib/hostname'))
    await symlink(stand.confSeedDir, join(stand.seedDir, 'conf'))
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - …/seed/conf: a link out of the directory (to …/conf); replace it with its target ${inTheImage}\n` +
        `  - …/seed/lib/hostname: a link out of the directory (to /etc/hostname); replace it with its target ${inTheImage}`,
    )
  })

  it('links that lead nowhere or in a circle; a link inside is fine', async () => {
    await symlink('driver.jar', join(stand.seedDir, 'lib/alias.jar'))
    await symlink('nothing', join(stand.seedDir, 'lib/broken'))
    await symlink('..', join(stand.seedDir, 'lib/up'))
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - …/seed/lib/broken: a broken link; remove it ${inTheImage}\n` +
        `  - …/seed/lib/up: a link out of the directory (to …/seed); replace it with its target ${inTheImage}`,
    )
    await rm(join(stand.seedDir, 'lib/broken'))
    await rm(join(stand.seedDir, 'lib/up'))
    await symlink('..', join(stand.seedDir, 'servers/bookings-db/up'))
    expect(await heldBack()).toEqual([
      `${notSeeded('bookings-db')}…/seed/servers/bookings-db/up: a link to a directory that contains it | remove it ${inTheImage}; ${again}`,
    ])
    await rm(join(stand.seedDir, 'servers/bookings-db/up'))
    await reconcileSeeds(stand.options())
    expect((await readFile(join(stand.base, 'lib/alias.jar'))).length).toBe(4)
  })

  it('a pipe, and a file of the name of the manifest', async () => {
    execFileSync('mkfifo', [join(stand.seedDir, 'lib/pipe')])
    await stand.image('.seed-manifest.json', '{}')
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - …/seed/.seed-manifest.json: this name is reserved for the list of seeded files; remove the file ${inTheImage}\n` +
        `  - …/seed/lib/pipe: neither a file nor a directory; remove it ${inTheImage}`,
    )
  })

  it('a file where PXF or another seed needs a directory', async () => {
    await stand.image('logs', '')
    await stand.image('conf/pxf-profiles.xml/x', '')
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - …/conf/pxf-profiles.xml: a file where a directory must be; rename or remove it ${inTheImage}\n` +
        `  - …/seed/logs: a file where a directory must be; rename or remove it ${inTheImage}`,
    )
  })

  it('every unset variable of every server at once, with file, line and name; the rest is seeded', async () => {
    await stand.image('servers/other/s3-site.xml', '<a>\n${env:S3_KEY}\n${env:S3_SECRET}</a>')
    await stand.image('servers/other/keep.txt', 'not even this')
    await stand.image('servers/well/jdbc-site.xml', '<a>${env:S3_SECRET}${env:NONE:-default}</a>')
    const site5 = `…/seed/${sitePath}, line 5: BOOKINGS_DB_USER is not set`
    const site6 = `…/seed/${sitePath}, line 6: BOOKINGS_DB_PASSWORD is not set`
    const set = (name: string) =>
      `set ${name} in the environment of the container (an empty value will do), or give it a default in the image: \${env:${name}:-default}`
    expect(await heldBack('0', { environment: { S3_SECRET: password } })).toEqual([
      `${notSeeded('bookings-db')}${site5}; ${site6} | ${set('BOOKINGS_DB_USER')}; ${set('BOOKINGS_DB_PASSWORD')}; ${again}`,
      `${notSeeded('other')}…/seed/servers/other/s3-site.xml, line 2: S3_KEY is not set | ${set('S3_KEY')}; ${again}`,
    ])
    expect(await stand.read('servers/well/jdbc-site.xml')).toContain('default')
    expect(await stand.mode('servers/well/jdbc-site.xml')).toBe('600')
    expect(await readdir(join(stand.base, 'servers'))).not.toContain('other')
  })

  it('a value that XML cannot hold, of which nothing is told', async () => {
    const [held] = await heldBack('0', {
      environment: { BOOKINGS_DB_USER: '', BOOKINGS_DB_PASSWORD: `${password}\u0007` },
    })
    expect(held).toContain('line 6: the value of BOOKINGS_DB_PASSWORD has a character that is not allowed')
  })

  it('an unset variable of what is no server: everything is held back', async () => {
    await stand.image('conf/my-site.xml', '<a>${env:NONE}</a>')
    expect(await faults()).toMatch(/^…\/seed\/conf\/my-site.xml, line 1: NONE is not set; set NONE in the/)
  })

  it('malformed XML, in site files and others, with its line', async () => {
    await stand.image(sitePath, site.replace('&amp;', '&'))
    const [held] = await heldBack()
    expect(held).toBe(
      `${notSeeded('bookings-db')}…/seed/${sitePath}, line 4: a bare &; write &amp; | fix it ${inTheImage}; ${again}`,
    )
    await stand.image('template:pxf-profiles.xml', '<profiles>\n<profile>\n</profiles>')
    await stand.image('conf/empty.xml', '')
    expect(await faults()).toBe(
      '3 faults\n' +
        `  - …/seed/conf/empty.xml, line 1: there is no element in the file; fix it ${inTheImage}\n` +
        `  - …/conf/pxf-profiles.xml, line 3: a closing tag that does not match the tag opened in line 2; fix it ${inTheImage}\n` +
        `  - …/seed/${sitePath}, line 4: a bare &; write &amp;; fix it ${inTheImage}`,
    )
  })

  it('a placeholder that would stay as it is: in a file that is not filled, or in capitals', async () => {
    await stand.image('servers/c/jdbc.xml', '<a>\n<!-- ${env:A} -->\n<b>${env:PW}</b>${ENV:PW}</a>')
    await stand.image('servers/d/more/other.XML', '<a>${env:PW:-x}</a>')
    await stand.image('servers/e/s3-site.xml', '<a>\n${ENV:PW}</a>')
    const line = (path: string, number: number) => `…/seed/servers/${path}, line ${number}: `
    const reason =
      'a ${env:…} is filled in only in files whose names end in -site.xml or -user.xml; rename the file, or write the value instead'
    expect(await heldBack()).toEqual([
      `${notSeeded('c')}${line('c/jdbc.xml', 3)}${reason} | fix it ${inTheImage}; ${again}`,
      `${notSeeded('d')}${line('d/more/other.XML', 1)}${reason} | fix it ${inTheImage}; ${again}`,
      `${notSeeded('e')}${line('e/s3-site.xml', 2)}a \${env:…} with upper-case letters in env is not filled in; write env in lower case | fix it ${inTheImage}; ${again}`,
    ])
    await stand.image('servers/c/jdbc.xml', '<a><!-- ${env:A} --></a>')
    await rm(join(stand.seedDir, 'servers/d'), { recursive: true })
    await rm(join(stand.seedDir, 'servers/e'), { recursive: true })
    // Log4j fills these itself.
    await stand.image('conf/pxf-log4j2.xml', '<a>${env:PXF_LOGDIR}</a>')
    expect(await heldBack()).toEqual([])
  })

  it('a name that PXF would read if it were in lower case, with or without a placeholder', async () => {
    await stand.image('servers/c/jdbc-Site.xml', '<a>${env:PW}</a>')
    await stand.image('servers/c/bob-user.XML', '<a/>')
    const reason = 'PXF does not read a file of this name'
    const rename = (name: string) => `rename it to ${name} ${inTheImage}`
    expect(await heldBack()).toEqual([
      `${notSeeded('c')}…/seed/servers/c/bob-user.XML: ${reason}; …/seed/servers/c/jdbc-Site.xml: ${reason} | ${rename('bob-user.xml')}; ${rename('jdbc-site.xml')}; ${again}`,
    ])
  })

  it("a user's file of a server is filled like a site file, and readable by its owner alone", async () => {
    await stand.image('servers/d/bob-user.xml', '<a>${env:PW}</a>')
    const [held] = await heldBack()
    expect(held).toContain(
      `${notSeeded('d')}…/seed/servers/d/bob-user.xml, line 1: PW is not set | set PW in`,
    )
    await reconcileSeeds(stand.options('0', { environment: { ...stand.options().environment, PW: 'b&b' } }))
    expect(await stand.read('servers/d/bob-user.xml')).toBe('<a>b&#38;b</a>')
    expect(await stand.mode('servers/d/bob-user.xml')).toBe('600')
  })

  it('a site file directly in servers/, which is no server; other files there are left alone', async () => {
    await stand.image('servers/jdbc-site.xml', '<a>${env:NONE}</a>')
    await stand.image('servers/bob-User.XML', '<a/>')
    await stand.image('servers/README.md', 'What is here.')
    const reason = 'it belongs to no server; put it into servers/<name>/'
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - …/seed/servers/bob-User.XML: ${reason} ${inTheImage}\n` +
        `  - …/seed/servers/jdbc-site.xml: ${reason} ${inTheImage}`,
    )
  })

  it('a value outside of any text, of which nothing is told', async () => {
    await stand.image(sitePath, '<a>\n<${env:BOOKINGS_DB_PASSWORD}/></a>')
    expect((await heldBack())[0]).toContain(
      `${sitePath}, line 2: a \${env:…} outside of any value; move it into a value`,
    )
  })
})

describe('a bad volume', () => {
  it('a file where a directory should be', async () => {
    await stand.volume('servers', 'oops')
    expect(await faults()).toBe('servers: a file where a directory should be; move it away')
  })

  it('a directory where a file should be, the manifest too', async () => {
    await mkdir(join(stand.base, sitePath), { recursive: true })
    await mkdir(join(stand.base, '.seed-manifest.json'))
    expect(await faults()).toBe(
      '2 faults\n' +
        `  - ${sitePath}: a directory where a file should be; move it away\n` +
        '  - .seed-manifest.json: a directory where a file should be; move it away',
    )
  })

  it('a pipe where a file should be', async () => {
    await mkdir(join(stand.base, 'conf'), { recursive: true })
    execFileSync('mkfifo', [join(stand.base, 'conf/pxf-env.sh')])
    expect(await faults()).toBe('conf/pxf-env.sh: neither a file nor a directory; remove it')
  })

  it.each(['lib', 'servers', 'servers/bookings-db', sitePath, 'logs'])(
    'a link out of PXF_BASE at %s, which is never written through',
    async (path) => {
      const outside = join(stand.folder, 'outside')
      await mkdir(join(outside, 'bookings-db'), { recursive: true })
      await writeFile(join(outside, 'bookings-db/jdbc-site.xml'), 'not yours')
      await mkdir(dirname(join(stand.base, path)), { recursive: true })
      const to = path === sitePath ? join(outside, 'bookings-db/jdbc-site.xml') : outside
      await symlink(to, join(stand.base, path))
      const fault = `${path}: a link out of PXF_BASE (to ${to.replace(stand.folder, '…')}); replace it with its target`
      const ofServer = serverOf(path) !== undefined
      const said = ofServer ? await heldBack() : [await faults()]
      expect(said).toEqual([ofServer ? `${notSeeded('bookings-db')}${fault} | ${again}` : fault])
      expect(await readFile(join(outside, 'bookings-db/jdbc-site.xml'), 'utf8')).toBe('not yours')
    },
  )

  it('a link out: without the check the file outside would be overwritten (negative control)', async () => {
    const outside = join(stand.folder, 'outside')
    await mkdir(join(outside, 'bookings-db'), { recursive: true })
    await mkdir(stand.base)
    await symlink(outside, join(stand.base, 'servers'))
    await writeFile(join(stand.base, sitePath), 'written as a copying script would')
    expect(await readFile(join(outside, 'bookings-db/jdbc-site.xml'), 'utf8')).toContain('written')
  })

  it('a link that leads nowhere, on the way or as PXF_BASE itself', async () => {
    await mkdir(stand.base)
    await symlink('/nowhere/at/all', join(stand.base, 'servers'))
    expect(await faults()).toBe(
      'servers: a broken link (to /nowhere/at/all); remove it, or create its target',
    )
    await symlink('gone', join(stand.folder, 'link'))
    expect(await faults({ pxfBase: join(stand.folder, 'link') })).toBe(
      'PXF_BASE is …/link, and …/link is a broken link (to gone); remove it, or create its target',
    )
  })

  it('a file as PXF_BASE', async () => {
    await writeFile(stand.base, '')
    expect(await faults()).toBe('PXF_BASE is …/data/pxf, which is not a directory; move it away')
  })

  it('two servers whose files are one, through a link', async () => {
    await stand.image('servers/a-copy/jdbc-site.xml', '<other/>')
    await mkdir(join(stand.base, 'servers/bookings-db'), { recursive: true })
    await symlink('bookings-db', join(stand.base, 'servers/a-copy'))
    expect(await heldBack()).toEqual([
      `${notSeeded('a-copy')}servers/a-copy/jdbc-site.xml: the same file as ${sitePath}, through a link; remove the link | ${again}`,
      `${notSeeded('bookings-db')}${sitePath}: the same file as servers/a-copy/jdbc-site.xml, through a link; remove the link | ${again}`,
    ])
  })

  it('is told together with bad seeds', async () => {
    await stand.volume('servers', 'oops')
    await stand.image('conf/x.xml', '<a>')
    expect(await faults()).toBe(
      `2 faults\n  - …/seed/conf/x.xml, line 1: a tag that is never closed; fix it ${inTheImage}\n  - servers: a file where a directory should be; move it away`,
    )
  })
})

// Skipped for root, whom no mode stops.
describe.skipIf(isRoot)('without the rights, as a plain user', () => {
  const uid = userInfo().uid

  it('an unreadable seed', async () => {
    await chmod(join(stand.seedDir, 'lib/driver.jar'), 0o000)
    await chmod(join(stand.seedDir, 'servers'), 0o000)
    const text = await faults()
    await chmod(join(stand.seedDir, 'servers'), 0o755)
    expect(text).toBe(
      '2 faults\n' +
        `  - …/seed/servers: uid ${uid} may not read it; run "chmod -R a+rX" on it ${inTheImage}\n` +
        `  - …/seed/lib/driver.jar: uid ${uid} may not read it; run "chmod -R a+rX" on it ${inTheImage}`,
    )
  })

  it('a directory and a file of its own whose modes refuse', async () => {
    await mkdir(join(stand.base, 'lib'), { recursive: true })
    await chmod(join(stand.base, 'lib'), 0o500)
    expect(await faults()).toBe(
      '…/data/pxf/lib: permission denied by the mode 0500 of …/data/pxf/lib; run "chmod u+rwX …/data/pxf/lib"',
    )
    await chmod(join(stand.base, 'lib'), 0o700)
    await reconcileSeeds(stand.options())
    await chmod(join(stand.base, sitePath), 0o000)
    const { heldBack: held } = await reconcileSeeds(stand.options())
    expect(held.map((one) => heldBackFinding(one).cause)[0]).toContain(
      `${sitePath}: permission denied by the mode 0000 of ${stand.base}/${sitePath}`,
    )
  })

  it('a link to a place that refuses, named with where it leads, and no advice about its own mode', async () => {
    const locked = join(stand.folder, 'locked')
    await mkdir(join(locked, 'inside'), { recursive: true })
    await mkdir(stand.base)
    await symlink('../../locked/inside', join(stand.base, 'servers'))
    await symlink(join(locked, 'inside'), join(stand.folder, 'link'))
    await chmod(locked, 0o000)
    const [below, base] = [await faults(), await faults({ pxfBase: join(stand.folder, 'link') })]
    await chmod(locked, 0o700)
    const text = (to: string) => `a link to ${to}, which uid ${uid} cannot access; replace it with its target`
    expect(below).toBe(`servers: permission denied: …/data/pxf/servers is ${text('../../locked/inside')}`)
    expect(base).toBe(`PXF_BASE is …/link: permission denied: …/link is ${text('…/locked/inside')}`)
  })

  it('a directory of another user', async () => {
    const text = await refusalOf(reconcileSeeds(stand.options('0', { pxfBase: '/usr/pxf' })))
    expect(text).toBe(
      `cannot seed /usr/pxf: /usr: permission denied: /usr belongs to uid 0 (mode 0755), and this process runs as uid ${uid}; run "chown -R ${uid} /usr" as root`,
    )
  })
})

describe.runIf(mayMount)('a volume of 64 kB (needs the right to mount)', () => {
  beforeEach(async () => {
    await mkdir(stand.base)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', stand.base])
  })
  afterEach(() => void execFileSync('umount', [stand.base]))

  it('is too small, and stays empty', async () => {
    await stand.image('lib/large.jar', Buffer.alloc(128 * 1024))
    expect(await faults()).toMatch(
      /^…\/data\/pxf: the volume is full \(\d+ kB in \d+ files to write, 64 kB and \d+ inodes free\); free space on it, or enlarge it$/,
    )
  })

  it('cannot be written when it is read-only; a dry run warns, and what is current needs no writing', async () => {
    execFileSync('mount', ['-o', 'remount,ro', stand.base])
    const reason = 'the file system is read-only; mount the volume writable (without `:ro`)'
    expect(await faults()).toBe(`…/data/pxf: ${reason}`)
    const { warnings } = await inspectSeeds(stand.options())
    expect(warnings.map(({ text }) => text)).toEqual([`${stand.base}: ${reason}`])
    execFileSync('mount', ['-o', 'remount,rw', stand.base])
    await reconcileSeeds(stand.options())
    execFileSync('mount', ['-o', 'remount,ro', stand.base])
    expect((await reconcileSeeds(stand.options())).outcome).toBe('unchanged')
    expect(driftOf(await inspectSeeds(stand.options()))).toEqual([])
  })
})
