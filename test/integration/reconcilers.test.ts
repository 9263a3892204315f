import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureDatabase, ensureExtension } from '../../src/greenplum/databases.ts'
import { observeDatabase } from '../../src/greenplum/readiness.ts'
import { comparePassword, setPassword } from '../../src/greenplum/password.ts'
import { sessionSettings, withSession, type SessionTarget } from '../../src/greenplum/session.ts'
import { loadConfig } from '../../src/config/load.ts'
import { reconcileHbaFile } from '../../src/hba/reconcile.ts'
import { applySqlFile } from '../../src/sql/apply.ts'
import { parseSqlFile } from '../../src/sql/files.ts'
import { reconcileSeeds } from '../../src/seeding/reconcile.ts'
import { createRig, type Rig } from './rig.ts'

const signal = new AbortController().signal

/** What every reconciler promises: it says what it did, and running it again is free. */
async function expectContract(reconcile: () => Promise<string>): Promise<void> {
  expect(await reconcile()).toBe('changed')
  expect(await reconcile()).toBe('unchanged')
}

describe('every reconciler changes once and then nothing', () => {
  it('the databases and the extension', async () => {
    const { rig, target } = await readyRig()
    await expectContract(() => ensureDatabase(target, 'wanted', signal))
    await expectContract(async () => (await ensureExtension(target, 'wanted', signal)).outcome)
    // An extension of an older image is updated, once.
    await rig.query('DROP EXTENSION pxf', 'wanted')
    await rig.query(`CREATE EXTENSION pxf VERSION '2.0'`, 'wanted')
    await expectContract(async () => (await ensureExtension(target, 'wanted', signal)).outcome)
    expect(await rig.query(`SELECT extversion FROM pg_extension WHERE extname = 'pxf'`, 'wanted')).toEqual([
      { extversion: '2.1' },
    ])
    await expect(ensureExtension(target, 'nowhere', signal)).rejects.toThrow(
      'cannot create extension pxf: database "nowhere" does not exist; create it, or remove it from PXF_EXTENSION_DATABASES',
    )
  })

  it('pg_hba.conf', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hba-'))
    const path = join(folder, 'pg_hba.conf')
    expect(await reconcileHbaFile(path, { user: 'gpadmin', method: 'trust' })).toBe('absent')
    const bytes = Buffer.from('# \xe9 caf\xe9\r\nhost all all 0.0.0.0/0 md5\r\n', 'latin1')
    await writeFile(path, bytes, { mode: 0o640 })
    await expectContract(() => reconcileHbaFile(path, { user: 'gpadmin', method: 'trust' }))
    await expectContract(() => reconcileHbaFile(path, { user: 'gpadmin', method: 'md5' }))
    expect((await readFile(path)).includes(bytes.subarray(0, 8))).toBe(true)
    await rm(folder, { recursive: true })
  })

  it('the seeds', async () => {
    const rig = await createRig()
    const { layout } = rig.standIn
    const base = join(layout.state, 'pxf-base')
    await expectContract(async () => {
      const report = await reconcileSeeds({
        seedDir: layout.seed,
        confSeedDir: join(layout.pxfHome, 'conf'),
        pxfBase: base,
        mode: '0',
        environment: rig.standIn.environment,
        jvmOptions: '-Xmx512m -Xms256m',
      })
      return report.outcome
    })
  })
})

describe('a session', () => {
  it('leaves nothing behind, whether its work ends, fails or is cut off', async () => {
    const { rig, target } = await readyRig()
    const mine = { ...target, database: 'gp_dwh' }
    const ours = () =>
      rig.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'gp-supervisor'`)
    await withSession(mine, (session) => session.query('SELECT 1'))
    await expect(withSession(mine, (session) => session.query('SELECT 1/0'))).rejects.toThrow(
      'division by zero',
    )
    const slow = withSession(mine, (session) => session.query('SELECT pg_sleep(30)'), { timeoutMs: 300 })
    await expect(slow).rejects.toThrow(/statement timeout|no response within 0.3 s/)
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    const cut = withSession(mine, (session) => session.query('SELECT pg_sleep(30)'), { signal: stop.signal })
    await expect(cut).rejects.toThrow('This operation was aborted')
    // Without a word the server would notice a closed socket when it next touches it, half a minute later.
    await expect.poll(ours, { timeout: 5000 }).toEqual([{ n: 0 }])
  })

  it('starts with its own settings, whatever the owner of the database has set', async () => {
    const { rig, target } = await readyRig()
    const hostile = [
      'search_path = public',
      'role = owner',
      'standard_conforming_strings = off',
      'default_transaction_read_only = on',
      "default_transaction_isolation = 'repeatable read'",
      "statement_timeout = '1ms'",
      "lock_timeout = '1ms'",
    ]
    const set = hostile.map((setting) => `ALTER DATABASE gp_dwh SET ${setting}`)
    await rig.query(['CREATE ROLE owner', ...set].join(';'))
    const wanted = sessionSettings(10_000)
    const found = await withSession({ ...target, database: 'gp_dwh' }, async (session) => {
      const rows = await session.query(
        'SELECT name, setting FROM pg_settings WHERE name = ANY ($1) UNION ALL SELECT $2, current_user::text',
        [Object.keys(wanted), 'user'],
      )
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
    })
    // `role` is not listed; the user shows it.
    const { role, ...listed } = wanted
    expect(found).toMatchObject({ ...listed, user: target.user })
    expect(role).toBe('none')
  })

  it.each(['md5', 'scram-sha-256'])('sets a password by its hash alone: %s', async (method) => {
    const { rig, target } = await readyRig()
    const password = "new'pass wörd"
    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    await writeFile(hba, `local gp_dwh all md5\n${await readFile(hba, 'utf8')}`)
    for (const [name, value] of [
      ['password_encryption', method],
      ['log_min_duration_statement', '0'],
    ])
      await rig.query(`ALTER SYSTEM SET ${name} = '${value}'`)
    await rig.query('SELECT pg_reload_conf()')
    await expect.poll(() => rig.query('SHOW password_encryption')).toEqual([{ password_encryption: method }])
    await setPassword(target, password, signal)
    expect(await comparePassword(target, password, signal)).toBe('same')
    expect(await comparePassword(target, 'another', signal)).toBe('different')
    // It opens the door: server and client both prove that they know it.
    const login = (given: string) =>
      withSession({ ...target, database: 'gp_dwh', password: given }, () => Promise.resolve('in'))
    await expect(login('another')).rejects.toThrow('password authentication failed')
    expect(await login(password)).toBe('in')
    expect(await rig.serverLog()).not.toContain('pass w')
  })

  it('logs no statement of its own (negative control: an ordinary one is logged)', async () => {
    const { rig, target } = await readyRig()
    await rig.query(`ALTER SYSTEM SET log_statement = 'all'`)
    await rig.query('SELECT pg_reload_conf()')
    // The postmaster reloads when it gets to it.
    await expect.poll(() => rig.query('SHOW log_statement')).toEqual([{ log_statement: 'all' }])
    await withSession(target, (session) => session.query(`SELECT 'quiet marker'`))
    await rig.query(`SELECT 'loud marker'`)
    // The logger writes when it gets to it, and in order.
    await expect.poll(() => rig.serverLog(), { timeout: 10_000 }).toContain('loud marker')
    expect(await rig.serverLog()).not.toContain('quiet marker')
  })
})

describe('a SQL file', () => {
  it('runs nothing of what belongs to a role that is no superuser', async () => {
    const { rig, target } = await readyRig()
    const mine = { ...target, database: 'gp_dwh' }
    const long = 'Ж'.repeat(40)
    await rig.query(`CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory;
      CREATE SCHEMA theirs AUTHORIZATION mallory;
      CREATE TABLE theirs.t AS SELECT 1 AS a;
      CREATE TABLE public.own AS SELECT 1::int AS n;
      SET SESSION AUTHORIZATION mallory;
      CREATE FUNCTION public.evil() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'SPRUNG'; RETURN 1; END $$;
      CREATE FUNCTION public.norm(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'SPRUNG'; RETURN 1; END $$;
      CREATE FUNCTION public.op(int, int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'SPRUNG'; RETURN true; END $$;
      CREATE OPERATOR public.%% (PROCEDURE = public.op, LEFTARG = int, RIGHTARG = int);
      CREATE TABLE public."Заказы" (a int DEFAULT public.evil(), b int);
      CREATE TABLE public."${long}" (a int DEFAULT public.evil(), b int)`)
    const guarded = (table: string) =>
      `INSERT INTO ${table} (b) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE false)`
    const apply = (sql: string) =>
      applySqlFile(parseSqlFile('10-x.sql', Buffer.from(sql)), mine, { statementTimeoutMs: 10_000, signal })
    for (const [sql, what] of [
      ['SELECT a FROM theirs.t', 'schema theirs'],
      ['CREATE TABLE IF NOT EXISTS theirs.new (a int)', 'schema theirs'],
      [guarded('public.Заказы'), 'relation public.Заказы'],
      [guarded(`public.${long}`), `relation public.${'Ж'.repeat(31)}`],
      ['SELECT 1 WHERE 1 OPERATOR(public.%%) 2', 'operator public.%%'],
      [
        'DROP INDEX IF EXISTS public.ix; CREATE INDEX ix ON public.own (public.norm(n))',
        'function public.norm',
      ],
      ['CREATE TABLE IF NOT EXISTS public.made (a int DEFAULT public.evil())', 'function public.evil'],
    ] as const)
      await expect(apply(sql)).rejects.toThrow(`${what} belongs to role "mallory", which is not a superuser`)
    expect(await rig.serverLog()).not.toContain('"SPRUNG"')
    // What names them and runs nothing is free, and so is what the file says that it trusts.
    await apply('ALTER TABLE public.own OWNER TO mallory; GRANT SELECT ON theirs.t TO mallory')
    await apply(`-- gp-supervisor: trusts mallory\n${guarded('public.Заказы')}`)
    await expect.poll(() => rig.serverLog(), { timeout: 10_000 }).toContain('"SPRUNG"')
  })
})

describe('observeDatabase', () => {
  it('wants every segment, and a server of this start', async () => {
    const { rig } = await readyRig()
    const config = configOf(rig)
    const observation = await observeDatabase(config, 0, signal)
    expect(observation).toMatchObject({ kind: 'accepting', segments: 2 })
    // A server that is older than the run is not this start's.
    expect(await observeDatabase(config, Number.MAX_SAFE_INTEGER, signal)).toMatchObject({
      kind: 'waiting',
      reason: expect.stringContaining('was started before this run') as string,
    })
    process.kill(rig.processes().segments[0] ?? 0, 'SIGKILL')
    await expect
      .poll(async () => (await observeDatabase(config, 0, signal)).kind, { timeout: 10_000 })
      .not.toBe('accepting')
  })
})

function configOf(rig: Rig) {
  return loadConfig({ environment: rig.standIn.environment, hostname: '127.0.0.1', readFile: () => '' })
    .greenplum
}

/** A running cluster, and the coordinator as the supervisor reaches it. */
async function readyRig(): Promise<{ rig: Rig; target: SessionTarget }> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const run = rig.start()
  await run.answers('/readyz')
  // The test may run as root, whom the socket's peer authentication does not know as gpadmin.
  const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
  await writeFile(hba, `local all all trust\n${await readFile(hba, 'utf8')}`)
  await rig.query('SELECT pg_reload_conf()')
  const observation = await observeDatabase(configOf(rig), 0, signal)
  if (observation.kind !== 'accepting') throw new Error(observation.reason)
  return { rig, target: observation.target }
}
