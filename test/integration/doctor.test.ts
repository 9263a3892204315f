/** `gp-supervisor doctor` over stands that are well, ill, stopped or half made. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeJar } from '../../src/pxf/jar.fixture.ts'
import type { Topic } from '../../src/findings/catalogue.ts'
import type { Finding } from '../../src/findings/finding.ts'
import { accountToDropTo, giveTo } from '../../stand-in/account.ts'
import { launchSupervisor } from '../../stand-in/launch.ts'
import { bundleFile, nodeProgram } from '../../stand-in/node-program.ts'
import { createRig, eventually, killContainer, type Rig } from './rig.ts'

type Reported = Finding & { readonly topic: Topic }

interface Examination {
  readonly code: number
  readonly findings: readonly Reported[]
  readonly summary: { readonly errors: number; readonly warnings: number; readonly notes: number }
  readonly output: string
  readonly ms: number
}

/** As the administrator, over the same environment as the supervisor; host and container are this machine's. */
async function examine(rig: Rig, environment: Readonly<Record<string, string>> = {}): Promise<Examination> {
  const began = performance.now()
  const child = launchSupervisor({
    root: rig.standIn.root,
    environment: { ...rig.standIn.environment, ...environment },
    args: ['doctor', '--json'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  return { ...understood(output), code, output, ms: performance.now() - began }
}

/** As `docker exec` does it. Where the tests run as an ordinary user, that one has to do. */
function examineAsRoot(rig: Rig): Promise<readonly Reported[]> {
  const options = { env: rig.standIn.environment }
  return new Promise((resolve) => {
    execFile(nodeProgram(), [bundleFile, 'doctor', '--json'], options, (_, output) =>
      resolve(understood(output).findings),
    )
  })
}

function understood(output: string): Pick<Examination, 'findings' | 'summary'> {
  const report = JSON.parse(output) as Pick<Examination, 'findings' | 'summary'>
  return { ...report, findings: report.findings.filter(({ topic }) => topic !== 'place') }
}

/** In a shell of the administrator. */
async function byHand(rig: Rig, command: string): Promise<void> {
  const account = accountToDropTo()
  await new Promise<void>((resolve, reject) => {
    execFile(
      'bash',
      ['-c', `source ~/.bashrc && exec ${command}`],
      {
        env: rig.standIn.environment,
        cwd: rig.standIn.root,
        ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      },
      (error) => (error === null ? resolve() : reject(error)),
    )
  })
}

const idsOf = ({ findings }: Examination) => findings.map(({ id, severity }) => `${severity} ${id}`)
const find = ({ findings }: Examination, id: string) => findings.filter((finding) => finding.id === id)

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

/** A source that accepts connections, on an address that is not this host's loopback where there is one. */
async function source(): Promise<string> {
  const server = createServer((socket) => socket.destroy())
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return `${ownAddress ?? '127.0.0.1'}:${(server.address() as { port: number }).port}`
}

const password = 'a-secret-of-the-source'

async function healthyRig(): Promise<Rig> {
  return createRig({ BOOKINGS_DB_HOST: await source(), BOOKINGS_DB_PASSWORD: password })
}

/** Lays a server's site file down as its owner would. */
function putSite(rig: Rig, server: string, properties: Readonly<Record<string, string>>): void {
  const folder = join(rig.data, 'pxf/servers', server)
  mkdirSync(folder, { recursive: true })
  const body = Object.entries(properties).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  )
  writeFileSync(join(folder, 'jdbc-site.xml'), `<configuration>\n${body.join('\n')}\n</configuration>`)
}

describe('a stand that is well', () => {
  it('has no findings: exit 0, for its administrator and for root', async () => {
    const rig = await healthyRig()
    const run = rig.start()
    await run.answers('/readyz')
    const before = readFileSync(join(rig.data, '.gp-supervisor/run.json'), 'utf8')
    const examination = await examine(rig)
    expect(idsOf(examination).filter((id) => id !== 'warning jdbc.localhost')).toEqual([])
    // Of the machine that the tests run on anything may be said.
    const ofThePlace = (JSON.parse(examination.output) as Examination).findings.length
    expect(examination.code).toBe(ofThePlace > 0 ? 1 : 0)
    expect(examination.ms).toBeLessThan(20_000)
    expect(readFileSync(join(rig.data, '.gp-supervisor/run.json'), 'utf8')).toBe(before)
    expect(await examineAsRoot(rig)).toEqual(examination.findings)
    expect(await run.stop()).toBe(0)
    const stopped = await examine(rig)
    expect(idsOf(stopped)).toEqual(['warning supervisor.none'])
    expect(stopped.code).toBe(1)
  })
})

describe('a stand that is ill', () => {
  it('is told what is wrong with its JDBC servers, and no password', async () => {
    const rig = await healthyRig()
    const run = rig.start()
    await run.answers('/readyz')
    const login = { 'jdbc.user': 'reader', 'jdbc.password': 'never-to-be-seen' }
    mkdirSync(join(rig.standIn.layout.pxfHome, 'application'), { recursive: true })
    const inner = makeJar(['org/mariadb/jdbc/Driver.class'])
    writeFileSync(
      join(rig.standIn.layout.pxfHome, 'application/pxf-app-6.10.1.jar'),
      makeJar(['BOOT-INF/classes/a.class', { name: 'BOOT-INF/lib/mariadb.jar', content: inner }]),
    )
    putSite(rig, 'old-stand', {
      'jdbc.driver': 'org.postgresql.Driver',
      'jdbc.url': 'jdbc:postgresql://no-such-host.invalid:5432/demo?password=never-to-be-seen-either',
      'jdbc.column.types': 'text',
      'jdbc.statment.fetchSize': '100',
      ...login,
    })
    putSite(rig, 'unfilled', {
      'jdbc.driver': 'org.mariadb.jdbc.Driver',
      'jdbc.url': 'jdbc:mariadb://127.0.0.1:1/demo',
      'jdbc.user': '${env:READER}',
      'jdbc.password': '${env:READER_PASSWORD}',
      'jdbc.connection.property.password': 'pa${ss}word-of-mine',
    })
    putSite(rig, 'driverless', {
      'jdbc.driver': 'com.mysql.cj.jdbc.Driver',
      'jdbc.url': 'jdbc:mysql://no-such-host.invalid/x',
      ...login,
    })
    mkdirSync(join(rig.data, 'pxf/servers/broken'))
    writeFileSync(
      join(rig.data, 'pxf/servers/broken/jdbc-site.xml'),
      '<configuration><property></configuration>',
    )
    writeFileSync(join(rig.data, 'pxf/lib/stray.jar'), 'not a JAR')

    const examination = await examine(rig, { GREENPLUM_PASSWORD: 'another-password-than-set' })
    expect(examination.findings.map(({ severity, text }) => `${severity}: ${text}`)).toMatchSnapshot()
    expect(examination.code).toBe(2)
    for (const secret of [
      'never-to-be-seen',
      'word-of-mine',
      password,
      'another-password-than-set',
      'gpadmin-of-the-stand-in',
    ]) {
      expect(examination.output).not.toContain(secret)
    }
    await run.stop()
  })

  it('is told of a changed source password, with the step that helps for that very file', async () => {
    const rig = await healthyRig()
    const file = join(rig.data, 'pxf/servers/bookings-db/jdbc-site.xml')
    const changed = 'another-password-of-the-source'
    const environment = { BOOKINGS_DB_PASSWORD: changed }
    const takes = (only: string) =>
      writeFileSync(join(rig.standIn.layout.state, 'faults.env'), `STANDIN_SOURCE_PASSWORD=${only}\n`)
    const run = rig.start()
    await run.answers('/readyz')
    takes(changed)
    const [refused] = find(await examine(rig), 'jdbc.login.failed')
    expect(refused?.text).toBe(
      'PXF cannot log in with servers/bookings-db/jdbc-site.xml: the source database refuses the login',
    )
    expect(refused?.cause).toContain('FATAL: password authentication failed')
    expect(refused?.fix).toContain('BOOKINGS_DB_PASSWORD in .env')

    // .env has the new one, and the volume the old.
    const outdated = await examine(rig, environment)
    const advice = find(outdated, 'jdbc.login.failed')[0]?.fix ?? ''
    expect(advice).toContain(`rm ${file} && docker compose restart greenplum`)
    expect(outdated.output).not.toContain(changed)
    expect(find(outdated, 'seeds.outdated')[0]?.fix).toBe('see the finding under jdbc')

    // The other way round: the old file is the one that works, and nothing advises to overwrite it.
    takes(password)
    const works = await examine(rig, environment)
    expect(find(works, 'jdbc.login.failed')).toEqual([])
    expect(find(works, 'seeds.outdated')[0]).toMatchObject({
      severity: 'note',
      fix: expect.stringContaining('nothing needs to be done: PXF logs in') as string,
    })
    expect(works.output).not.toContain('unmodified')

    // The advice, followed.
    takes(changed)
    rmSync(file)
    await run.stop()
    const later = rig.start(environment)
    await later.answers('/readyz')
    const mended = await examine(rig, environment)
    expect(idsOf(mended).filter((id) => id !== 'warning jdbc.localhost')).toEqual([])
    // A source that hangs takes nobody's time.
    writeFileSync(join(rig.standIn.layout.state, 'faults.env'), 'STANDIN_SOURCE=hang\n')
    const hangs = await examine(rig, environment)
    expect(find(hangs, 'jdbc.login.silence')[0]?.text).toContain('no response within 8.0 s')
    expect(hangs.ms).toBeLessThan(20_000)
    await later.stop()
  })

  it('is told of external tables whose server or profile is nowhere', async () => {
    const rig = await healthyRig()
    const run = rig.start()
    await run.answers('/readyz')
    for (const [name, options] of [
      ['fine', 'PROFILE=JDBC&SERVER=Bookings-DB'],
      ['one', 'PROFILE=JDBC&SERVER=bookngs-db'],
      ['two', 'PROFILE=JDBC&SERVER=bookngs-db'],
      ['bare', 'PROFILE=JDBC'],
      ['odd', 'PROFILE=JDCB&SERVER=bookings-db'],
    ])
      await rig.query(
        `CALL pg_catalog.standin_create_external_table('public.${name}', 'a int', ARRAY['pxf://s.t?${options}'])`,
      )
    const examination = await examine(rig)
    expect(
      examination.findings
        .filter(({ topic }) => topic === 'tables')
        .map(({ severity, text }) => `${severity}: ${text}`),
    ).toEqual([
      'error: public.bare in gp_dwh: LOCATION has no SERVER, and servers/default has no jdbc-site.xml',
      `error: public.one, public.two in gp_dwh: SERVER=bookngs-db, but there is no directory with that name in ${rig.data}/pxf/servers`,
      'error: public.odd in gp_dwh: PROFILE=JDCB, but PXF has no such profile',
    ])
    await run.stop()
  })

  it('is never told that PXF is not started while it answers', async () => {
    const rig = await healthyRig()
    mkdirSync(join(rig.data, 'pxf/run'), { recursive: true })
    mkdirSync(join(rig.data, 'pxf/logs'))
    writeFileSync(join(rig.data, 'pxf/lib'), 'a file where a folder should be')
    giveTo(accountToDropTo(), join(rig.data, 'pxf'))
    const run = rig.start()
    await run.answers('/readyz?for=gpdb')
    const before = await examine(rig)
    expect(find(before, 'seeds.fault')[0]?.text).toMatch(/^PXF is not started: /)
    expect(find(before, 'jdbc.login.untried')).toEqual([])

    await byHand(rig, 'pxf start')
    await run.answers('/readyz?for=pxf')
    const after = await examine(rig)
    expect(find(after, 'seeds.fault')[0]?.text).toContain('PXF is using the existing files')
    expect(after.output).not.toContain('not started')
    expect(find(after, 'pxf.down')).toEqual([])

    process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
    expect((await run.answers('/readyz?for=pxf', 503)).reasons[0]?.reason).toContain('could not be seeded')
    expect(await run.stop()).toBe(0)
  })

  it('is told of a missing extension, a missing database, a PXF that died and a rule that was taken away', async () => {
    const rig = await healthyRig()
    const run = rig.start()
    await run.answers('/readyz')
    await rig.query('DROP EXTENSION pxf')
    process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
    await run.answers('/readyz?for=pxf', 503)
    await run.answers('/readyz?for=pxf')
    const examination = await examine(rig, { PXF_EXTENSION_DATABASES: 'gp_dwh,elsewhere' })
    expect(find(examination, 'extension.missing')[0]).toMatchObject({
      severity: 'error',
      text: expect.stringContaining('protocol "pxf" does not exist') as string,
    })
    expect(find(examination, 'pxf.restarted')[0]?.text).toContain('PXF was started 2 times in this run')
    expect(find(examination, 'database.missing')[0]?.text).toBe('database "elsewhere" does not exist')
    expect(examination.code).toBe(2)
    await run.stop()
    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    writeFileSync(hba, readFileSync(hba, 'utf8').replace(/^host.*samehost.*\n/m, ''))
    expect(idsOf(await examine(rig))).toEqual(['warning supervisor.none', 'note hba.rule'])
  })

  it('is told why PXF is down', async () => {
    const rig = await createRig({ BOOKINGS_DB_HOST: await source(), STANDIN_PXF_START: 'fail' })
    const run = rig.start()
    await run.answers('/readyz?for=gpdb')
    const examination = await eventually('PXF is seen down', async () => {
      const seen = await examine(rig)
      return find(seen, 'pxf.down')[0]?.severity === 'error' ? seen : undefined
    })
    const [finding] = find(examination, 'pxf.down')
    expect(finding?.text).toContain('Connection refused')
    expect(finding?.cause).toContain('told to fail by STANDIN_PXF_START')
    expect(find(examination, 'component.failed').filter(({ where }) => where === 'pxf')).toEqual([])
    expect(examination.code).toBe(2)
    await run.stop()
  })

  it('with variables that cannot be used is looked at all the same', async () => {
    const rig = await healthyRig()
    const run = rig.start()
    await run.answers('/readyz')
    const examination = await examine(rig, {
      PXF_PORT: 'many',
      PG_HBA_SAMEHOST: 'perhaps',
      GREENPLUM_PASSWORD: '',
    })
    expect(find(examination, 'configuration.fault').map(({ text }) => text)).toEqual([
      'PXF_PORT is "many"; allowed: a port number, 1 to 65535',
      'PG_HBA_SAMEHOST is "perhaps"; allowed: one of trust, md5, off',
      'GREENPLUM_PASSWORD is not set; set it, or set GREENPLUM_PASSWORD_FILE to a file that contains it',
    ])
    expect(find(examination, 'supervisor.none')).toEqual([])
    expect(find(examination, 'database.password')).toEqual([])
    expect(examination.code).toBe(2)
    await run.stop()
  })
})

describe('a volume without its supervisor', () => {
  it('is told of a first start that was interrupted, and of a run that was killed', async () => {
    const rig = await healthyRig()
    const first = rig.start()
    await eventually('gpinitsystem has begun', async () => {
      const marker = await rig.file('.gp-supervisor/volume.json').catch(() => '')
      return (
        marker.includes('initializing') &&
        (await rig.file('master/gpseg-1/PG_VERSION').catch(() => '')) !== ''
      )
    })
    await killContainer(rig)
    await first.exited
    const interrupted = await examine(rig)
    expect(find(interrupted, 'volume.interrupted')[0]?.text).toBe(
      'the first start was interrupted, and the cluster is incomplete',
    )
    expect(interrupted.code).toBe(2)
    expect(await rig.file('.gp-supervisor/volume.json')).toContain('initializing')

    const second = rig.start()
    await second.answers('/readyz')
    await killContainer(rig)
    await second.exited
    const killed = await examine(rig)
    expect(idsOf(killed)).toEqual(
      expect.arrayContaining(['warning supervisor.none', 'warning stop.killed', 'warning database.killed']),
    )
    expect(killed.code).toBe(1)
  })

  it('or without anything at all is no reason to fall over', async () => {
    const rig = await createRig()
    rmSync(rig.data, { recursive: true })
    const examination = await examine(rig)
    expect(examination.code).toBe(2)
    expect(find(examination, 'volume.absent')[0]?.text).toBe(`${rig.data} does not exist`)
  })
})
