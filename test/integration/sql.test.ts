import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ComponentEntry } from '../../src/health/components.ts'
import { connection, createRig, eventually, type Rig, type Run } from './rig.ts'

/** A stand-in whose image brings these files, by name. */
async function rigWith(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Rig & { write: (files: Readonly<Record<string, string>>) => Promise<void> }> {
  const rig = await createRig(environment)
  const folder = join(rig.standIn.root, 'gp-seed/sql')
  const write = async (more: Readonly<Record<string, string>>) => {
    await mkdir(folder, { recursive: true, mode: 0o755 })
    for (const [name, text] of Object.entries(more)) await writeFile(join(folder, name), text)
  }
  await write(files)
  const start: Rig['start'] = (more = {}) =>
    rig.start({ GP_SEED_DIR: join(rig.standIn.root, 'gp-seed'), ...more })
  return { ...rig, start, write }
}

const entriesOf = async (run: Run): Promise<readonly ComponentEntry[]> =>
  (await run.status().catch(() => undefined))?.components.sql.entries ?? []
const failed = (run: Run) =>
  eventually('sql is failed', async () => {
    const sql = (await run.status().catch(() => undefined))?.components.sql
    return sql?.state === 'failed' && sql.attempts > 0 ? sql : undefined
  })

const count = async (rig: Rig, table: string): Promise<number> =>
  Number((await rig.query(`SELECT count(*) AS n FROM ${table}`))[0]?.['n'])

const thirdStatementFails = `CREATE TABLE IF NOT EXISTS public.half (a int);
INSERT INTO public.half SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM public.half);

SELECT 'ä',
       nonsense;
`

describe('SQL files at start', () => {
  it('run in order, after the extension, at every start, and say when', async () => {
    const rig = await rigWith({
      '10-log.sql': `CREATE TABLE IF NOT EXISTS public.log (n serial, what text);
-- gp-supervisor: may run again
INSERT INTO public.log (what) SELECT 'first' WHERE EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pxf');`,
      '20-second.sql': `-- gp-supervisor: may run again
INSERT INTO public.log (what) VALUES ('second')`,
      '30-other.sql': '-- gp-supervisor: database other\nCREATE TABLE IF NOT EXISTS public.elsewhere (a int)',
      '40-pxf.sql': '-- gp-supervisor: needs pxf\nCREATE TABLE IF NOT EXISTS public.with_pxf (a int)',
      'README.md': 'not SQL',
    })
    const first = rig.start()
    await first.answers('/readyz')
    const entries = await entriesOf(first)
    expect(entries.map(({ name, state }) => [name, state])).toEqual([
      ['10-log.sql', 'ready'],
      ['20-second.sql', 'ready'],
      ['30-other.sql', 'ready'],
      ['40-pxf.sql', 'ready'],
    ])
    expect(entries[0]?.reason).toMatch(/^2 statements in \d+\.\d s$/)
    expect(Date.now() - Date.parse(entries[0]?.at ?? '')).toBeLessThan(120_000)
    const timeline = (await first.status()).timeline.map(({ event }) => event)
    expect(timeline.indexOf('extensions ready')).toBeLessThan(timeline.indexOf('sql ready'))
    expect(await rig.query('SELECT what FROM log ORDER BY n')).toEqual([
      { what: 'first' },
      { what: 'second' },
    ])
    expect(await rig.query('SELECT count(*)::int AS n FROM elsewhere', 'other')).toEqual([{ n: 0 }])
    await first.stop()

    const later = rig.start({ GREENPLUM_PXF_ENABLE: 'false' })
    await later.answers('/readyz')
    expect(await count(rig, 'log')).toBe(4)
    const withoutPxf = (await entriesOf(later)).at(-1)
    expect(withoutPxf).toMatchObject({ name: '40-pxf.sql', state: 'disabled' })
    expect(withoutPxf?.reason).toContain('GREENPLUM_PXF_ENABLE=false')
    // The text of the files is in no log of the server's.
    expect(await rig.serverLog()).not.toContain("VALUES ('second')")
    expect(await later.stop()).toBe(0)
  })

  it('are one transaction each: an error names file, line and SQLSTATE, leaves nothing, and is mended under way', async () => {
    const rig = await rigWith({
      '10-good.sql': 'CREATE TABLE IF NOT EXISTS public.good (a int)',
      '20-half.sql': thirdStatementFails,
      '30-after.sql': 'CREATE TABLE IF NOT EXISTS public.after_it (a int)',
    })
    const run = rig.start()
    const sql = await failed(run)
    expect(sql.reason).toContain('cannot apply 20-half.sql:5: column "nonsense" does not exist (42703)')
    expect(sql).not.toHaveProperty('final')
    expect(sql.entries?.map(({ state, reason }) => [state, reason.slice(0, 33)])).toEqual([
      ['ready', expect.stringContaining('1 statements')],
      ['failed', 'cannot apply 20-half.sql:5: colum'],
      ['pending', 'not applied: 20-half.sql failed'],
    ])
    expect((await run.status()).phase).toBe('degraded')
    const there = "SELECT to_regclass('good') IS NOT NULL AS good, to_regclass('half') AS half"
    expect(await rig.query(there)).toEqual([{ good: true, half: null }])
    // The control: statement by statement, the first two do something.
    for (const statement of thirdStatementFails.split(';').slice(0, 2)) await rig.query(statement)
    expect(await count(rig, 'half')).toBe(1)
    await rig.query('DROP TABLE half')

    await rig.write({ '20-half.sql': thirdStatementFails.replace('nonsense', '1') })
    await run.answers('/readyz')
    expect(await count(rig, 'half')).toBe(1)
    expect((await entriesOf(run)).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    expect(run.log().filter(({ msg }) => msg === 'SQL files could not be applied')).toHaveLength(1)
    await run.stop()
  })

  it('that may not run twice are told before the database is up, all of them; those before them are applied', async () => {
    const rig = await rigWith({
      '10-good.sql': 'CREATE TABLE IF NOT EXISTS public.good (a int)',
      '20-bad.sql': 'CREATE TABLE public.t (a int);\n\nINSERT INTO public.t VALUES (1)',
      '30-bad.sql': 'SELECT 1;\n\\i other.sql\n',
      'tables.sql': 'SELECT 1',
    })
    const run = rig.start()
    const early = await eventually('sql is refused', async () => {
      const status = await run.status().catch(() => undefined)
      return status?.components.sql.state === 'failed' ? status : undefined
    })
    expect(early.components.gpdb.state).not.toBe('ready')
    expect(early.components.sql.final).toBe(true)
    for (const place of [
      '20-bad.sql:1: ',
      '20-bad.sql:3: ',
      '30-bad.sql:2: ',
      'tables.sql: the name must look like',
    ])
      expect(early.components.sql.reason).toContain(place)
    expect((await failed(run)).final).toBe(true)
    expect((await entriesOf(run)).map(({ state }) => state)).toEqual(['ready', 'failed', 'failed', 'failed'])
    expect(await count(rig, 'good')).toBe(0)
    await run.stop()
    // Fatal, the same ends the start before anything runs.
    const fatal = rig.start({ SQL_ON_ERROR: 'fatal' })
    expect(await fatal.exited).toBe(78)
    expect(fatal.log().some(({ component }) => component === 'gpdb')).toBe(false)
  })

  it('end the run with 78 where an error is fatal, and the stop is clean', async () => {
    const rig = await rigWith({ '10-half.sql': thirdStatementFails }, { SQL_ON_ERROR: 'fatal' })
    const run = rig.start()
    expect(await run.exited).toBe(78)
    const last = run.log().at(-1)
    expect(last?.['verdict']).toMatchObject({ proven: true, exitCode: 78 })
    expect(JSON.stringify(last)).toContain('10-half.sql:5')
    expect(rig.processes().coordinator).toBeUndefined()
  })

  it('are tried again while somebody holds a lock, and given up when a statement takes too long', async () => {
    const rig = await rigWith(
      {
        '10-table.sql': 'CREATE TABLE IF NOT EXISTS public.t (a int)',
        '20-time-for-the-test.sql': 'SELECT pg_sleep(3)',
        '30-lock.sql': 'ALTER TABLE public.t ALTER a SET DEFAULT 1',
        '40-slow.sql': 'SELECT 1;\nSELECT pg_sleep(60)',
      },
      { SQL_STATEMENT_TIMEOUT: '4s' },
    )
    const run = rig.start()
    await eventually(
      'the table is there',
      async () => (await entriesOf(run))[0]?.state === 'ready' || undefined,
    )
    const holder = connection(rig.standIn)
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE t IN ACCESS SHARE MODE')
    const waiting = await eventually('the file is tried again', async () => {
      const entry = (await entriesOf(run))[2]
      return entry?.state === 'starting' && entry.reason !== '' ? entry : undefined
    })
    expect(waiting.reason).toMatch(
      /30-lock\.sql:1: canceling statement due to lock timeout \(55P03\).*pg_locks/,
    )
    await holder.end()
    const { entries, reason } = await failed(run)
    expect(entries?.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready', 'failed'])
    expect(reason).toMatch(/40-slow\.sql:2: .*statement timeout \(57014\).*SQL_STATEMENT_TIMEOUT/)
    await run.stop()
  })
})

describe('a file that is applied when it changed', () => {
  const view = (columns: string) =>
    `-- gp-supervisor: when changed\nDROP VIEW IF EXISTS public.v;\nCREATE VIEW public.v AS SELECT ${columns};\n`

  it(
    'come back when somebody drops what they made, with the extension it rests on',
    { timeout: 180_000 },
    async () => {
      const rig = await rigWith({
        '10-pxf.sql': `-- gp-supervisor: needs pxf
-- gp-supervisor: when changed
DROP EXTERNAL TABLE IF EXISTS public.far;
CREATE EXTERNAL TABLE public.far (a int)
LOCATION ('pxf://s.t?PROFILE=JDBC&SERVER=bookings-db') FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');`,
        '20-near.sql': `-- gp-supervisor: when changed
CREATE SCHEMA IF NOT EXISTS stg;
CREATE TABLE IF NOT EXISTS stg.near (a int);
CREATE TABLE IF NOT EXISTS stg.helper (a int);`,
        // What a later file drops on purpose is not missed.
        '30-tidy.sql': '-- gp-supervisor: may run again\nDROP TABLE IF EXISTS stg.helper;',
        '40-count.sql': `CREATE TABLE IF NOT EXISTS public.runs (a int);
-- gp-supervisor: may run again
INSERT INTO public.runs VALUES (1);`,
      })
      const run = rig.start()
      await run.answers('/readyz')
      const there = async () =>
        (
          await rig.query(
            `SELECT to_regclass('public.far') IS NOT NULL AS far, to_regclass('stg.near') IS NOT NULL AS near,
                  EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pxf') AS pxf`,
          )
        )[0]
      await rig.query('DROP EXTENSION pxf CASCADE')
      await rig.query('DROP TABLE stg.near')
      expect(await there()).toEqual({ far: false, near: false, pxf: false })

      const began = performance.now()
      await eventually('what was dropped is there again', async () =>
        Object.values((await there()) ?? {}).every(Boolean) ? true : undefined,
      )
      expect(performance.now() - began).toBeLessThan(60_000)
      await run.answers('/readyz')
      // It was seen, and nobody was told that all is ready before all was back.
      const events = (await run.status()).timeline.map(({ event }) => event)
      expect(
        events.slice(events.lastIndexOf('sql failed')).filter((event) => /^(sql|extensions) /.test(event)),
      ).toEqual(['sql failed', 'extensions failed', 'extensions ready', 'sql ready'])
      const dropped = run.log().filter(({ msg }) => msg.startsWith('relations of SQL files were dropped'))
      expect(dropped.map((record) => record['dropped'])).toEqual([
        [
          { file: '10-pxf.sql', relations: ['public.far'] },
          { file: '20-near.sql', relations: ['stg.near'] },
        ],
      ])
      // The others were left alone.
      expect(await count(rig, 'public.runs')).toBe(1)
      expect(await run.stop()).toBe(0)
    },
  )

  it('keeps what users made on top of it, and a new text names what keeps it from being applied', async () => {
    const rig = await rigWith({ '10-view.sql': view('1 AS a') })
    const first = rig.start()
    await first.answers('/readyz')
    await rig.query('CREATE VIEW of_a_student AS SELECT a FROM v')
    await first.stop()

    const later = rig.start()
    await later.answers('/readyz')
    expect((await entriesOf(later))[0]?.reason).toMatch(/^unchanged since it was applied at 20/)
    expect(await rig.query('SELECT a FROM of_a_student')).toEqual([{ a: 1 }])
    await later.stop()

    await rig.write({ '10-view.sql': view('1 AS a, 2 AS b') })
    const changed = rig.start()
    const { reason } = await failed(changed)
    expect(reason).toContain(
      '10-view.sql:2: cannot drop view public.v because other objects depend on it (2BP01)',
    )
    expect(reason).toContain('detail: view public.of_a_student depends on view public.v')
    await rig.query('DROP VIEW of_a_student')
    await changed.answers('/readyz')
    expect(await rig.query('SELECT b FROM v')).toEqual([{ b: 2 }])
    await rig.query('DROP VIEW v')
    await changed.stop()

    // Without what it makes it is applied again, whatever is remembered.
    const again = rig.start()
    await again.answers('/readyz')
    expect(await rig.query('SELECT b FROM v')).toEqual([{ b: 2 }])
    await again.stop()
  })
})

describe("the stand's files", () => {
  /** A real library of PostgreSQL stands for demoprot: only that it loads and has the names matters here. */
  const demoprot = {
    protocol: { name: 'demoprot', read: 'dsnowball_init', write: 'dsnowball_lexize', trusted: true },
    library: 'dict_snowball',
  }

  // What the tables read cannot be seen here: the stand-in takes the statements, and moves no data.
  it('make every table on a first start, and nothing on a later one', async () => {
    const folder = new URL('../../seed/sql/', import.meta.url)
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
    const texts = await Promise.all(
      names.map(async (name) => [name, await readFile(new URL(name, folder), 'utf8')]),
    )
    const rig = await rigWith(Object.fromEntries(texts) as Record<string, string>)
    const manifest = join(rig.standIn.root, 'gp-seed/protocols/demoprot')
    await mkdir(manifest, { recursive: true })
    await writeFile(join(manifest, 'manifest.json'), JSON.stringify(demoprot))
    const first = rig.start()
    await first.answers('/readyz')
    expect((await entriesOf(first)).map(({ reason }) => reason)).toEqual(
      names.map(() => expect.stringMatching(/^\d+ statements in /)),
    )
    const tables = await rig.query('SELECT count(*)::int AS n FROM pg_exttable')
    expect(tables).toEqual([{ n: 15 }])
    await first.stop()
    const later = rig.start()
    await later.answers('/readyz')
    expect((await entriesOf(later)).every(({ reason }) => reason.startsWith('unchanged since'))).toBe(true)
    await later.stop()
    const withoutPxf = rig.start({ GREENPLUM_PXF_ENABLE: 'false' })
    await withoutPxf.answers('/readyz')
    expect((await entriesOf(withoutPxf)).map(({ state }) => state)).toEqual([
      'disabled',
      'disabled',
      'ready',
      'ready',
    ])
    await withoutPxf.stop()
  })
})

describe('READY_SQL', () => {
  it('keeps the start from being ready until a row comes, says why, and is asked again', async () => {
    const rig = await createRig({ READY_SQL: 'SELECT * FROM public.the_source;', READY_SQL_INTERVAL: '1s' })
    const run = rig.start()
    const missing = await eventually('data is failed', async () => {
      const data = (await run.status().catch(() => undefined))?.components.data
      return data?.state === 'failed' ? data : undefined
    })
    expect(missing.reason).toContain(
      'READY_SQL in gp_dwh: Greenplum has no such table: relation "public.the_source"',
    )
    expect((await run.probe('/readyz')).status).toBe(503)
    await rig.query('CREATE TABLE the_source (secret text)')
    await eventually('the missing row is told', async () =>
      (await run.status()).components.data.reason.includes('returned no row'),
    )
    await rig.query("INSERT INTO the_source SELECT 'of ' || 'nobody' FROM generate_series(1, 1000)")
    await run.answers('/readyz')
    // Rarely, from then on, but it is: what breaks later is seen.
    await rig.query('ALTER TABLE the_source RENAME TO gone')
    await run.answers('/readyz?for=data', 503)
    expect((await run.status()).phase).toBe('degraded')
    await rig.query('ALTER TABLE gone RENAME TO the_source')
    await run.answers('/readyz')
    expect(
      await rig.query(
        "SELECT count(*)::int AS held FROM pg_stat_activity WHERE application_name = 'gp-supervisor' AND state LIKE 'idle in%'",
      ),
    ).toEqual([{ held: 0 }])
    expect(JSON.stringify(run.log())).not.toContain('of nobody')
    expect(await run.stop()).toBe(0)
  })

  it('can change nothing, and takes no longer than it may', async () => {
    const rig = await createRig({
      READY_SQL: 'WITH made AS (INSERT INTO public.t VALUES (1) RETURNING 1) SELECT * FROM made',
    })
    const first = rig.start()
    await first.answers('/readyz?for=extensions')
    await rig.query('CREATE TABLE t (a int)')
    const refused = await eventually('the writing query is refused', async () => {
      const { reason } = (await first.status()).components.data
      return reason.includes('does not exist') || reason.startsWith('waiting') || reason === ''
        ? undefined
        : reason
    })
    expect(refused).toMatch(/DECLARE CURSOR must not contain data-modifying statements in WITH|read-only/)
    expect(await count(rig, 't')).toBe(0)
    await first.stop()

    const slow = rig.start({ READY_SQL: 'SELECT pg_sleep(60)', READY_SQL_TIMEOUT: '1s' })
    const late = await eventually('it is given up', async () => {
      const data = (await slow.status().catch(() => undefined))?.components.data
      return data?.state === 'failed' ? data.reason : undefined
    })
    expect(late).toContain('no answer in time: canceling statement due to statement timeout (57014)')
    await slow.stop()
  })
})
