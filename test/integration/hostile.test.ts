/** Whole starts, checks, doctor and stop over databases whose users wait for a session of the administrator. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { parseManifest, type Library } from '../../src/protocols/manifest.ts'
import { observeLibrary, observeMade } from '../../src/protocols/observe.ts'
import { launchSupervisor } from '../../stand-in/launch.ts'
import {
  attacker,
  builtInQuery,
  openSchemas,
  sprung,
  traps,
  wordsOfSources,
  type BuiltIn,
} from './hostile-catalogue.ts'
import { connection, createRig, eventually, type Rig, type Run } from './rig.ts'

const administrator = 'gpadmin'
const attackersDatabase = 'of_mallory'

async function inDatabase<T>(rig: Rig, database: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = connection(rig.standIn, database)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** @returns how many */
async function plant(rig: Rig, database: string): Promise<number> {
  return inDatabase(rig, database, async (client) => {
    const { rows } = await client.query<BuiltIn>(builtInQuery, [wordsOfSources()])
    await client.query(openSchemas(administrator))
    const statements = traps(administrator, rows)
    await client.query(`SET SESSION AUTHORIZATION ${attacker}; ${statements.join(';')}`)
    return statements.length
  })
}

const sprungBy = async (rig: Rig, application: string): Promise<string[]> =>
  (await rig.serverLog())
    .split('\n')
    .filter((line) => line.includes(sprung) && line.includes(`of ${application}`))

async function writeImage(rig: Rig, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(rig.standIn.root, 'gp-seed', name)
    await mkdir(join(path, '..'), { recursive: true, mode: 0o755 })
    await writeFile(path, text)
  }
}

/** A real library of PostgreSQL stands for a protocol's: only that it loads and has the names matters here. */
const manifest = JSON.stringify({
  protocol: { name: 'demoprot', read: 'dsnowball_init', write: 'dsnowball_lexize', trusted: true },
  library: 'dict_snowball',
})

const image = {
  'sql/10-from-image.sql': `-- gp-supervisor: when changed
CREATE TABLE IF NOT EXISTS public.from_image (a int);
INSERT INTO public.from_image SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM public.from_image);
CREATE OR REPLACE VIEW public.seen AS SELECT a FROM public.from_image;`,
  'protocols/demoprot/manifest.json': manifest,
}

const doctor = (rig: Rig, environment: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve) => {
    const child = launchSupervisor({
      root: rig.standIn.root,
      environment: { ...rig.standIn.environment, ...environment },
      args: ['doctor'],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', () => resolve(output))
  })

/** How often a table was read so far. */
const scansOf = (rig: Rig, table: string): Promise<number> =>
  inDatabase(rig, 'gp_dwh', async (client) => {
    const counter = 'SELECT pg_catalog.pg_stat_get_numscans($1::pg_catalog.regclass)::int AS scans'
    return (await client.query<{ scans: number }>(counter, [`public.${table}`])).rows[0]?.scans ?? 0
  })

const reasonOfSql = (run: Run, what: string) =>
  eventually(`sql says: ${what}`, async () => {
    const reason = (await run.status().catch(() => undefined))?.components.sql.reason ?? ''
    return reason.includes(what) ? reason : undefined
  })

describe('a hostile catalogue', () => {
  it('springs no trap at a start, while it is watched, under doctor, at a stop; with the usual path it does', async () => {
    const rig = await createRig()
    const first = rig.start()
    await first.answers('/readyz')
    await rig.query(`CREATE ROLE ${attacker} LOGIN`)
    await rig.query(`CREATE DATABASE ${attackersDatabase} OWNER ${attacker}`)
    for (const database of ['template1', 'postgres', 'gp_dwh', attackersDatabase])
      expect(await plant(rig, database)).toBeGreaterThan(5000)
    // What the owner of a database may set for every session in it.
    for (const setting of [
      "search_path = 'public'",
      `role = ${attacker}`,
      'standard_conforming_strings = off',
      'default_transaction_read_only = on',
      "statement_timeout = '1ms'",
    ])
      await rig.query(`ALTER DATABASE ${attackersDatabase} SET ${setting}`)
    // A function with the program's own mark, of the name that the manifest wants.
    await rig.query(`CREATE FUNCTION public.dsnowball_init() RETURNS integer LANGUAGE sql AS 'SELECT 1';
      ALTER FUNCTION public.dsnowball_init() OWNER TO ${attacker};
      COMMENT ON FUNCTION public.dsnowball_init() IS 'made by gp-supervisor from /opt/gp-seed/protocols/demoprot/manifest.json'`)
    // The tables of the image and of the program, made first by somebody else, with code that waits in them.
    await rig.query(`CREATE SCHEMA gpsupervisor AUTHORIZATION ${attacker};
      SET SESSION AUTHORIZATION ${attacker};
      CREATE FUNCTION public.waiting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE LOG '${sprung} trigger by % of %', session_user, pg_catalog.current_setting('application_name'); RETURN NEW; END $$;
      CREATE TABLE gpsupervisor.applied_sql (file "public"."text", sha256 "public"."text", applied_at timestamptz);
      CREATE TRIGGER w BEFORE INSERT ON gpsupervisor.applied_sql FOR EACH ROW EXECUTE PROCEDURE public.waiting();
      CREATE TABLE public.from_image (a int);
      CREATE TRIGGER w BEFORE INSERT ON public.from_image FOR EACH ROW EXECUTE PROCEDURE public.waiting()`)
    await first.stop()

    await writeImage(rig, image)
    const environment = {
      GP_SEED_DIR: join(rig.standIn.root, 'gp-seed'),
      PXF_EXTENSION_DATABASES: `gp_dwh,${attackersDatabase}`,
      READY_SQL: 'SELECT 1 FROM public.seen LIMIT 1',
      READY_SQL_INTERVAL: '1s',
      GREENPLUM_PASSWORD: 'another one',
      GREENPLUM_PASSWORD_SYNC: '1',
    }
    const run = rig.start(environment)
    await reasonOfSql(run, `schema gpsupervisor belongs to role "${attacker}"`)
    const { protocols } = (await run.status()).components
    expect(protocols.reason).toContain(`belongs to role ${attacker}, who could change it at any time`)
    await doctor(rig, environment)

    // The administrator clears it away, thing by thing, as each reason says.
    const query = (sql: string) => inDatabase(rig, 'gp_dwh', (client) => client.query(sql))
    await query('ALTER SCHEMA gpsupervisor RENAME TO theirs')
    const foreign = await reasonOfSql(run, 'from_image belongs to role')
    expect(foreign).toContain('10-from-image.sql:3')
    expect(foreign).toContain('-- gp-supervisor: trusts <role>')
    await query('DROP TABLE public.from_image; DROP FUNCTION public.dsnowball_init()')
    await run.answers('/readyz')
    expect((await inDatabase(rig, 'gp_dwh', (c) => c.query('SELECT a FROM public.seen'))).rows).toHaveLength(
      1,
    )

    // A view of the administrator's over a table of somebody else's runs that one's code.
    await query(`DROP VIEW public.seen; ALTER TABLE public.from_image OWNER TO ${attacker};
      CREATE VIEW public.seen AS SELECT a FROM public.from_image`)
    const data = await eventually('READY_SQL is refused', async () => {
      const { reason } = (await run.status()).components.data
      return reason.includes('belongs to role') ? reason : undefined
    })
    expect(data).toContain(`relation public.from_image belongs to role "${attacker}"`)
    await query(`ALTER TABLE public.from_image OWNER TO ${administrator}`)
    await run.answers('/readyz')
    const asked = await scansOf(rig, 'from_image')
    await eventually('READY_SQL was asked twice more', async () =>
      (await scansOf(rig, 'from_image')) >= asked + 2 ? true : undefined,
    )
    expect(await run.stop()).toBe(0)
    expect(await sprungBy(rig, 'gp-supervisor')).toEqual([])

    // The control: the same statements in a session that looks names up as usual.
    const again = rig.start({ ...environment, READY_SQL: '' })
    await again.answers('/readyz?for=gpdb')
    await inDatabase(rig, 'gp_dwh', async (client) => {
      await client.query("SET application_name = 'control'")
      const session = {
        query: async (sql: string, values: readonly unknown[] = []) =>
          (await client.query(sql, [...values])).rows,
      }
      const library = parseManifest(manifest, { name: 'demoprot', file: 'x', defaultDatabase: 'gp_dwh' })
      await observeMade(session).catch(() => {})
      await observeLibrary(session, library as Library).catch(() => {})
    })
    await again.stop()
    expect((await sprungBy(rig, 'control')).length).toBeGreaterThan(0)
  }, 600_000)
})
