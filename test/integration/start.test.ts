import { execFileSync } from 'node:child_process'
import { appendFile, chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createRig,
  eventually,
  holdSession,
  killContainer,
  lastErrorOf,
  verdictOf,
  withInitdb,
} from './rig.ts'

const rule = 'host all gpadmin samehost trust'

describe('a first start', () => {
  it('comes up right, stops clean, and comes up again', async () => {
    const rig = await createRig()
    const first = rig.start()
    expect(await first.answers('/livez')).toMatchObject({ ok: true })
    await first.answers('/readyz')

    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    const rules = (await readFile(hba, 'utf8')).split('\n').filter((line) => line.startsWith('host'))
    expect(rules.filter((line) => line === rule)).toHaveLength(1)
    expect(rules.indexOf(rule)).toBeLessThan(rules.findIndex((line) => line.includes('0.0.0.0/0')))
    expect((await stat(hba)).mode & 0o777).toBe(0o600)
    expect(await rig.query(`SELECT extversion FROM pg_extension WHERE extname = 'pxf'`)).toEqual([
      { extversion: '2.1' },
    ])
    expect(await rig.file('.gp-supervisor/volume.json')).toContain('"initialized"')
    // The restart of the first start waits for sessions; nobody held one.
    expect(first.log().some(({ msg }) => msg.includes('Your_choice'))).toBe(false)
    await rig.query('CREATE TABLE kept AS SELECT 42 AS answer')

    expect(await first.stop()).toBe(0)
    const verdict = verdictOf(first)
    expect(verdict).toMatchObject({ proven: true, exitCode: 0, phase: 'ready', reason: 'SIGTERM' })
    expect(verdict.directories.map(({ state }) => state)).toEqual(['shut down', 'shut down', 'shut down'])
    expect(rig.processes()).toMatchObject({ coordinator: undefined, pxf: undefined })

    const later = rig.start()
    await later.answers('/readyz')
    const status = await later.status()
    expect(status.image).toEqual({
      family: 'greenplum6',
      chosen: 'set',
      reason: 'BASE_IMAGE_FAMILY=greenplum6',
    })
    expect(status.previousStop).toMatchObject({ kind: 'stopped', stop: { proven: true, exitCode: 0 } })
    const { coordinator } = rig.standIn.ports
    expect(status.servers).toEqual([
      { content: -1, role: 'coordinator', port: coordinator, up: true },
      { content: 0, role: 'primary', port: coordinator + 1, up: true },
      { content: 1, role: 'primary', port: coordinator + 2, up: true },
    ])
    expect(status.timeline.some(({ event }) => event === 'stage initializing')).toBe(false)
    expect(await rig.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(await later.stop('SIGINT')).toBe(0)
  })

  it('puts the rule in again after a first start threw an early one away (negative control)', async () => {
    const rig = await createRig(withInitdb)
    const run = rig.start()
    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    // What the old wrapper did: it edited the file as soon as it appeared.
    await eventually('initdb wrote pg_hba.conf', async () => (await stat(hba).catch(() => undefined)) && true)
    await appendFile(hba, `${rule} # early\n`)
    await run.answers('/readyz')
    const text = await readFile(hba, 'utf8')
    expect(text).not.toContain('# early')
    expect(text.split('\n')).toContain(rule)
    await run.stop()
  })

  it('creates the extension although pxf-env.sh lies in PXF_BASE already', async () => {
    const rig = await createRig()
    const conf = join(rig.data, 'pxf/conf')
    await mkdir(conf, { recursive: true })
    await writeFile(join(conf, 'pxf-env.sh'), '# mine\nexport PXF_JVM_OPTS="-Xmx1g"\n')
    openToAll(rig.data)
    const run = rig.start()
    await run.answers('/readyz')
    expect(await rig.query(`SELECT 1 AS there FROM pg_extension WHERE extname = 'pxf'`)).toEqual([
      { there: 1 },
    ])
    expect(await readFile(join(conf, 'pxf-env.sh'), 'utf8')).toContain(
      '# mine\nexport PXF_JVM_OPTS="-Xmx1g"\n',
    )
    await run.stop()
  })

  it('is ready only after the custom init scripts', async () => {
    const rig = await createRig()
    await writeFile(
      join(rig.standIn.layout.initScripts, '10_slow.sh'),
      'sleep 2\ntouch "$HOME/init-script-ran"\n',
    )
    // Of no effect: the script knows the one folder.
    const run = rig.start({ INIT_SCRIPTS_DIR: '/mine' })
    await run.answers('/readyz?for=gpdb')
    await expect(stat(join(rig.standIn.layout.home, 'init-script-ran'))).resolves.toBeDefined()
    expect((await run.status()).findings).toContainEqual(
      expect.objectContaining({ id: 'configuration.without-effect', where: 'INIT_SCRIPTS_DIR' }),
    )
    await run.stop()
  })

  it('ends with 69 and the reason when a custom init script fails', async () => {
    const rig = await createRig()
    await writeFile(join(rig.standIn.layout.initScripts, '10_bad.sh'), 'echo "no such table" >&2\nexit 3\n')
    const run = rig.start()
    expect(await run.exited).toBe(69)
    expect(verdictOf(run).reason).toContain('start_gpdb.sh exited on its own: exit code 3')
    expect(run.log().some(({ msg }) => msg === 'no such table')).toBe(true)
  })

  it('begins again after it was killed, with everything of before moved aside', async () => {
    const rig = await createRig()
    const run = rig.start()
    await eventually('the cluster is half made', async () =>
      (await run.status().catch(() => undefined))?.timeline.some(
        ({ event }) => event === 'stage initializing',
      ),
    )
    await eventually('initdb has written', () =>
      stat(join(rig.data, 'master/gpseg-1/PG_VERSION')).catch(() => undefined),
    )
    run.child.kill('SIGKILL')
    await run.exited
    await killContainer(rig)
    const again = rig.start()
    await again.answers('/readyz')
    const aside = again.log().find(({ msg }) => msg.startsWith('a first start was interrupted'))
    expect(aside?.['moved']).toContain('master')
    expect((await stat(join(String(aside?.['to']), 'master/gpseg-1/PG_VERSION'))).isFile()).toBe(true)
    expect((await again.status()).previousStop).toMatchObject({ kind: 'unclean' })
    expect(await again.stop()).toBe(0)
  })
})

describe('a later start', () => {
  it('creates a database that is missing, and puts a lost rule back while it runs', async () => {
    const rig = await createRig()
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()

    const run = rig.start({ GREENPLUM_DATABASE_NAME: 'another' })
    await run.answers('/readyz')
    expect(await rig.query('SELECT 1 AS there', 'another')).toEqual([{ there: 1 }])

    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    const text = await readFile(hba, 'utf8')
    await writeFile(hba, text.replace(`${rule}\n`, ''))
    await eventually('the rule is back', async () => (await readFile(hba, 'utf8')).split('\n').includes(rule))
    await eventually('it was counted', async () => (await run.status()).counters.hbaRepairs === 1)
    await run.stop()
  })

  it('verifies with the password where PG_HBA_SAMEHOST=md5, and says so when it is the wrong one', async () => {
    const rig = await createRig({ PG_HBA_SAMEHOST: 'md5' })
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()
    const wrong = rig.start({ GREENPLUM_PASSWORD: 'changed-in-env-only' })
    await eventually(
      'the hba component fails',
      async () => (await wrong.status().catch(() => undefined))?.components.hba.state === 'failed',
    )
    const { components } = await wrong.status()
    expect(components.hba.reason).toMatch(/cannot connect to 127\.0\.0\.1:\d+ as gpadmin over TCP/)
    expect(components.hba.reason).toContain("ALTER ROLE gpadmin PASSWORD '…'")
    expect(JSON.stringify(await wrong.status())).not.toContain('changed-in-env-only')
    expect((await wrong.probe('/readyz')).status).toBe(503)
    expect((await wrong.probe('/readyz?for=gpdb')).status).toBe(200)
    await wrong.stop()
    // gpstart logs in before anybody could set it: it must not need the password.
    const synced = rig.start({
      GREENPLUM_PASSWORD: 'changed-in-env-only',
      GREENPLUM_PASSWORD_SYNC: '1',
    })
    await synced.answers('/readyz')
    expect(await synced.stop()).toBe(0)
  })
})

describe('what makes a start impossible', () => {
  it('is a taken port, said before the volume is touched', async () => {
    const rig = await createRig()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(rig.standIn.ports.health, '127.0.0.1', resolve))
    const run = rig.start()
    expect(await run.exited).toBe(78)
    expect(run.log().at(-1)?.['reason']).toContain(
      'another program uses the port; set HEALTH_PORT or HEALTH_HOST',
    )
    await expect(stat(join(rig.data, '.gp-supervisor'))).rejects.toThrow('ENOENT')
    await new Promise((resolve) => other.close(resolve))
  })

  it('is a volume in use: exit 73, and the first run goes on undisturbed', async () => {
    const rig = await createRig()
    const first = rig.start()
    await first.answers('/readyz')
    const second = rig.start({ HEALTH_PORT: '0' })
    expect(await second.exited).toBe(73)
    expect(lastErrorOf(second)).toMatch(
      /^exit 73: .*another container is using it.*stop that container first/,
    )
    expect((await first.probe('/readyz')).status).toBe(200)
    expect(await first.stop()).toBe(0)
  })

  it('is a volume that cannot be written: exit 78, named', async () => {
    const rig = await createRig()
    await chmod(rig.data, 0o500)
    const run = rig.start()
    expect(await run.exited).toBe(78)
    expect(lastErrorOf(run)).toContain(
      `exit 78: nothing was running yet; fix this, then start the container again: cannot`,
    )
    expect(lastErrorOf(run)).toContain(`${rig.data}/.gp-supervisor`)
    await chmod(rig.data, 0o755)
  })
})

describe('the stand-in', () => {
  it('really waits at its restart for a session that is held (negative control)', async () => {
    const rig = await createRig({ STANDIN_SMART_TIMEOUT: '3', GREENPLUM_FAST_START: 'off' })
    const run = rig.start()
    await holdSession(rig.standIn)
    await run.answers('/readyz')
    expect(run.log().some(({ msg }) => msg.includes('Your_choice'))).toBe(true)
    await run.stop()
  })
})

/** Under root the stand-in runs as another user, who must be able to write what a test laid down. */
function openToAll(path: string): void {
  execFileSync('chmod', ['-R', 'a+rwX', path])
}

describe('a password that the base image cannot take', () => {
  it('works all the same, and reaches no log', async () => {
    const password = `it's "a" $HOME * \\ 50% pass?`
    const rig = await createRig({ GREENPLUM_PASSWORD: password })
    const run = rig.start()
    await run.answers('/readyz')
    expect(await rig.query('SELECT current_user::text AS me')).toEqual([{ me: 'gpadmin' }])
    expect(JSON.stringify(run.log())).not.toContain('50% pass')
    expect(await rig.serverLog()).not.toContain('50% pass')
    await run.stop()
    const later = rig.start({ PG_HBA_SAMEHOST: 'md5' })
    await later.answers('/readyz')
    expect(await later.stop()).toBe(0)
  })

  it('is no argument of any process, and set before anybody is told', async () => {
    const password = 'an.ordinary-one'
    const rig = await createRig({ GREENPLUM_PASSWORD: password, GREENPLUM_PXF_ENABLE: 'false' })
    const run = rig.start()
    const lines = await eventually('gpinitsystem has its password', async () => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
      const all = await Promise.all(
        pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
      )
      const isOurs = (line: string) => line.includes(`${rig.standIn.root}/`)
      return all.some((line) => isOurs(line) && line.includes('gpinitsystem\0-e\0')) ? all : undefined
    })
    expect(lines.filter((line) => line.includes(password))).toEqual([])
    await run.answers('/readyz')
    expect((await run.status()).findings?.map(({ id }) => id)).not.toContain('database.password')
    await run.stop()
  })

  it('is set by the next start where the first was cut off before it', async () => {
    const rig = await createRig({ GREENPLUM_PASSWORD: "odd 'one'", GREENPLUM_PXF_ENABLE: 'false' })
    await writeFile(join(rig.standIn.layout.initScripts, '10_slow.sh'), 'sleep 60\n')
    const cut = rig.start()
    await eventually('the database is open', async () =>
      (await cut.status().catch(() => undefined))?.components.gpdb.reason.includes('custom init scripts'),
    )
    expect(await cut.stop()).toBe(0)
    expect(await rig.file('.gp-supervisor/volume.json')).toContain('"serving"')
    // The rule asks for the password, and the component is ready only when a session has proven it.
    const next = rig.start({ PG_HBA_SAMEHOST: 'md5' })
    await next.answers('/readyz')
    expect(next.log().filter(({ id }) => id === 'password')).toEqual([])
    expect(await next.stop()).toBe(0)
  })
})
