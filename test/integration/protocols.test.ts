/**
 * Custom protocols over the stand-in. The libraries are real ones of PostgreSQL, loaded by real servers, so what is
 * missing, foreign or without a symbol gives the server's own errors. Not proven here: that a protocol moves data, that
 * Greenplum sends LOAD and definitions to its segments, and that it takes the statements, which are compared with
 * the recorded list (stand-in/README.md).
 */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { translate } from '../../stand-in/image/greenplum-db/lib/greenplum-sql.ts'
import { parseManifest, type Library } from '../../src/protocols/manifest.ts'
import type { Observed } from '../../src/protocols/observe.ts'
import { planRegistration } from '../../src/protocols/registration.ts'
import type { ComponentStatus } from '../../src/health/components.ts'
import { createRig, eventually, socketSession, verdictOf, type Rig, type Run } from './rig.ts'

/** Real functions of a real library: only their names and their being there matter. */
const protocol = { name: 'demoprot', read: 'dsnowball_init', write: 'dsnowball_lexize', trusted: true }
const manifest = {
  protocol,
  formatters: [{ name: 'demo_in', symbol: 'dsnowball_init', direction: 'import' }],
  library: 'dict_snowball',
}

async function createStand() {
  const rig = await createRig()
  const seed = join(rig.standIn.root, 'gp-seed')
  const libraries = join(dirname(rig.standIn.layout.postgresPrograms), 'lib/postgresql')
  return {
    rig,
    libraries,
    put: async (name: string, content: unknown) => {
      await mkdir(join(seed, 'protocols', name), { recursive: true })
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      await writeFile(join(seed, 'protocols', name, 'manifest.json'), text)
    },
    start: (environment = {}) => rig.start({ GP_SEED_DIR: seed, ...environment }),
  }
}

const protocolsOf = async (run: Run): Promise<ComponentStatus> => (await run.status()).components.protocols

const untilFailed = (run: Run) =>
  eventually('the protocols failed', async () => {
    const found = await protocolsOf(run).catch(() => undefined)
    return found?.state === 'failed' ? found : undefined
  })

const registered = (run: Run): unknown[] =>
  run
    .log()
    .filter(({ msg }) => msg === 'custom protocol registered')
    .map(({ changes }) => changes)

async function overSocket(rig: Rig, sql: string): Promise<void> {
  const client = await socketSession(rig)
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const seen = (rig: Rig) =>
  rig.query(
    `SELECT ptcname AS name, ptcreadfn::regproc::text AS read, NULLIF(ptcwritefn, 0)::regproc::text AS write,
            ptctrusted AS trusted, ARRAY(SELECT item::text FROM unnest(ptcacl) AS item ORDER BY 1) AS acl FROM pg_extprotocol WHERE ptcname <> 'pxf' ORDER BY 1`,
  )

describe('custom protocols', () => {
  it('are registered, kept, and updated under the tables that use them', async () => {
    const { rig, libraries, put, start } = await createStand()
    await put('demo', { ...manifest, grants: [{ privilege: 'select', roles: ['student'] }] })
    const first = start()
    // The role is missing: everything else is done, and the rest follows once the role is there.
    expect((await untilFailed(first)).reason).toMatch(
      /^demo: in database gp_dwh: role "student" does not exist, so protocol demoprot cannot be granted to it; CREATE ROLE "student", or remove it from \/.*\/protocols\/demo\/manifest\.json$/,
    )
    expect(await first.answers('/readyz?for=protocols', 503)).toMatchObject({ ok: false })
    await rig.query('CREATE ROLE student')
    await first.answers('/readyz')
    expect((await protocolsOf(first)).entries).toMatchObject([{ name: 'demo', state: 'ready', reason: '' }])
    const acl = ['gpadmin=ar/gpadmin', 'student=r/gpadmin']
    expect(await seen(rig)).toEqual([
      {
        name: 'demoprot',
        read: 'public.dsnowball_init',
        write: 'public.dsnowball_lexize',
        trusted: true,
        acl,
      },
    ])
    await overSocket(
      rig,
      `CREATE EXTERNAL TABLE kept (a int) LOCATION ('demoprot://a') FORMAT 'CUSTOM' (formatter = 'demo_in')`,
    )
    await overSocket(rig, 'GRANT INSERT ON PROTOCOL demoprot TO PUBLIC')
    expect(await first.stop()).toBe(0)

    const later = start()
    await later.answers('/readyz')
    expect(registered(later)).toEqual([])
    // Somebody drops a part of it: half a minute later it is there again.
    await rig.query('DROP FUNCTION demo_in()')
    await eventually('the formatter is back', async () => registered(later).length > 0)
    expect(registered(later)).toEqual([['function public.demo_in() created']])
    expect(await later.stop()).toBe(0)

    // Another library, another symbol, no writing any more.
    await copyFile(join(libraries, 'dict_snowball.so'), join(libraries, 'demo.so'))
    await put('demo', {
      protocol: { ...protocol, write: undefined },
      formatters: [{ name: 'demo_in', symbol: 'dsnowball_lexize', direction: 'import' }],
    })
    const changed = start()
    await changed.answers('/readyz')
    expect(registered(changed)).toEqual([
      [
        'function public.dsnowball_init() updated',
        'function public.demo_in() updated',
        'protocol demoprot recreated; the old one is kept as demoprot_before_1, for public.kept',
      ],
    ])
    const everybody = ['=a/gpadmin', ...acl]
    const read = 'public.dsnowball_init'
    expect(await seen(rig)).toEqual([
      { name: 'demoprot', read, write: null, trusted: true, acl: everybody },
      { name: 'demoprot_before_1', read, write: 'public.dsnowball_lexize', trusted: true, acl: everybody },
    ])
    expect(await rig.query(`SELECT count(*)::int AS rows FROM kept`)).toEqual([{ rows: 0 }])
    expect(
      await rig.query(
        `SELECT proname AS name, prosrc AS symbol, probin AS library FROM pg_proc
          WHERE proname IN ('dsnowball_init', 'demo_in') AND pronamespace = 'public'::regnamespace ORDER BY 1`,
      ),
    ).toEqual([
      { name: 'demo_in', symbol: 'dsnowball_lexize', library: '$libdir/demo' },
      { name: 'dsnowball_init', symbol: 'dsnowball_init', library: '$libdir/demo' },
    ])
    await changed.stop()

    // Nothing is to be changed, and yet the library is another one: it is looked into at every start.
    await rm(join(libraries, 'demo.so'))
    await copyFile(join(libraries, 'dict_int.so'), join(libraries, 'demo.so'))
    const broken = start()
    expect((await untilFailed(broken)).reason).toContain(
      `the library ${libraries}/demo.so lacks a function that ${rig.standIn.root}/gp-seed/protocols/demo/manifest.json names`,
    )
    const leftovers = await eventually('what is left over is told', async () => {
      const found = (await broken.status()).findings?.filter(({ id }) => id.startsWith('protocols.leftover'))
      return found?.length === 2 ? found : undefined
    })
    expect(leftovers.map(({ fix }) => fix)).toEqual([
      'when no external table uses it: DROP PROTOCOL demoprot_before_1;',
      'when nothing uses it: DROP FUNCTION public.dsnowball_lexize();',
    ])
    expect(registered(broken)).toEqual([])
    await broken.stop()
  }, 400_000)

  it('that cannot be had are named with file and mend, and the rest is registered', async () => {
    const { rig, libraries, put, start } = await createStand()
    const formatter = (name: string) => ({
      formatters: [{ name, symbol: 'dsnowball_init', direction: 'import' }],
    })
    await put('a_good', { ...manifest, databases: ['fresh'] })
    await put('b_missing', formatter('b'))
    await put('c_text', formatter('c'))
    await writeFile(join(libraries, 'c_text.so'), 'no library\n')
    await put('d_foreign', formatter('d'))
    // A library without a magic block.
    await copyFile(join(dirname(libraries), 'libpq.so.5'), join(libraries, 'd_foreign.so'))
    await put('e_symbol', { formatters: [{ name: 'e_in', direction: 'import' }], library: 'dict_snowball' })
    await put('f_taken', { ...formatter('taken'), library: 'dict_snowball' })
    await put('g_manifest', { formatters: [{ name: 'g', direction: 'sideways' }] })
    await writeFile(
      join(rig.standIn.layout.initScripts, '10.sql'),
      `CREATE FUNCTION taken() RETURNS record LANGUAGE sql STABLE AS 'SELECT ROW(1)';\n`,
    )
    const run = start()
    const { entries = [], final } = await eventually('all were tried', async () => {
      const found = await protocolsOf(run).catch(() => undefined)
      return found?.entries?.some(({ state }) => state === 'pending') === false ? found : undefined
    })
    // One of the manifests can never come right.
    expect(final).toBe(true)
    const manifestOf = (name: string) => `${rig.standIn.root}/gp-seed/protocols/${name}/manifest.json`
    expect(entries.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'a_good ready',
      'b_missing failed',
      'c_text failed',
      'd_foreign failed',
      'e_symbol failed',
      'f_taken failed',
      'g_manifest failed',
    ])
    expect(entries.map(({ reason }) => reason)).toEqual([
      '',
      expect.stringContaining(
        `the library ${libraries}/b_missing.so is missing: add its source to seed/protocols/b_missing`,
      ),
      expect.stringContaining(`the library ${libraries}/c_text.so cannot be loaded: rebuild the image`),
      expect.stringContaining(
        `the library ${libraries}/d_foreign.so was built for another server: rebuild the image`,
      ),
      expect.stringContaining(
        `the library ${libraries}/dict_snowball.so lacks a function that ${manifestOf('e_symbol')} names`,
      ),
      expect.stringContaining('function public.taken() already exists and is written in sql'),
      `${manifestOf('g_manifest')}: formatters[0].direction is "sideways"; allowed: one of import, export`,
    ])
    // What failed left nothing behind, and what is good is in a database that was made for it.
    expect(
      await rig.query(`SELECT proname FROM pg_proc WHERE probin IS NOT NULL AND proname ~ '^[b-g](_in)?$'`),
    ).toEqual([])
    expect(
      await rig.query(`SELECT ptcname FROM pg_extprotocol WHERE ptcname = 'demoprot'`, 'fresh'),
    ).toHaveLength(1)
    const status = await run.status()
    expect(status.phase).toBe('degraded')
    expect(status.components.gpdb.state).toBe('ready')
    expect(await run.stop()).toBe(0)
  })

  it('end the run with 78 where PROTOCOLS_ON_ERROR=fatal says so', async () => {
    const { rig, put, start } = await createStand()
    await put('missing', { formatters: [{ name: 'f', direction: 'import' }] })
    const run = start({ PROTOCOLS_ON_ERROR: 'fatal' })
    expect(await run.exited).toBe(78)
    expect(verdictOf(run)).toMatchObject({ proven: true, exitCode: 78 })
    expect(verdictOf(run).reason).toContain(
      'PROTOCOLS_ON_ERROR=fatal: cannot register the custom protocols: missing: ',
    )
    expect(rig.processes()).toMatchObject({ coordinator: undefined, scripts: [] })

    // A role that the image's own SQL makes is there in time.
    await rm(join(rig.standIn.root, 'gp-seed/protocols/missing'), { recursive: true })
    await put('demo', { ...manifest, grants: [{ privilege: 'all', roles: ['student'] }] })
    const sql = join(rig.standIn.root, 'gp-seed/sql')
    await mkdir(sql)
    const role = `DO $$BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'student') THEN CREATE ROLE student; END IF; END$$;`
    await writeFile(join(sql, '10-roles.sql'), `${role}\n`)
    const good = start({ PROTOCOLS_ON_ERROR: 'fatal' })
    await good.answers('/readyz')
    expect(await good.stop()).toBe(0)

    // A bad manifest is said before anything runs.
    await put('bad', '{')
    const bad = start({ PROTOCOLS_ON_ERROR: 'fatal' })
    expect(await bad.exited).toBe(78)
    expect(bad.log().some(({ component }) => component === 'gp-tool')).toBe(false)
  })
})

describe('the statements', () => {
  it('that PostgreSQL cannot parse are all on the recorded list', () => {
    const place = { name: 'demo', file: '/m.json', defaultDatabase: 'gp_dwh' }
    const grants = [{ privilege: 'all', roles: ['public', 'a "strange" role'] }]
    const library = parseManifest(JSON.stringify({ ...manifest, grants }), place) as Library
    const roles = library.grants.map(({ role }) => role)
    const nothing: Observed = { functions: [], protocol: undefined, protocolNames: [], roles }
    const old = {
      read: null,
      write: null,
      validate: null,
      trusted: true,
      marked: true,
      owner: 'boss',
      ownerIsOther: true,
      tables: [],
      grants: [{ role: 'x', privilege: 'insert', grantable: true }],
    }
    const observations = [
      nothing,
      { ...nothing, protocol: old },
      { ...nothing, protocol: { ...old, tables: ['t'] } },
    ]
    const statements = observations.flatMap((observed) => planRegistration(library, observed).statements)
    const own = statements.filter((statement) => /\bPROTOCOL\b/.test(statement))
    expect(new Set(own.map((statement) => statement.split(' ').slice(0, 2).join(' ')))).toEqual(
      new Set(['CREATE TRUSTED', 'GRANT SELECT', 'GRANT INSERT', 'DROP PROTOCOL', 'ALTER PROTOCOL']),
    )
    expect(own.filter((statement) => translate(statement) === statement)).toEqual([])
    for (const statement of statements.filter((one) => !own.includes(one))) {
      expect(statement).toMatch(/^(CREATE (OR REPLACE )?|COMMENT ON )FUNCTION public\./)
    }
  })
})
