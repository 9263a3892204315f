/** The commands of docs/how-to/back-up-and-restore.md, as they stand there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { needsRealBase } from './setup/base.ts'
import { repository } from './setup/host.ts'
import { createStand, hasEngine, mustSucceed, scratch, type Stand } from './stand.ts'

const text = readFileSync(join(repository, 'docs/how-to/back-up-and-restore.md'), 'utf8')

/** The commands of a section, block by block. */
function blocksOf(section: string): string[] {
  const [, body = ''] = text.split(`\n## ${section}\n`)
  const [own = ''] = body.split('\n## ')
  return [...own.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(([, indent = '', lines = '']) =>
    lines.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

/** Types them with the files in a folder of this stand. */
async function follow(stand: Stand, lines = ''): Promise<string> {
  expect(lines).not.toBe('')
  const folder = scratch(stand.project)
  const answer = await stand.type(
    lines
      .replaceAll(/\b(\w[\w-]*\.(?:sql|tgz))\b/g, join(folder, '$1'))
      .replaceAll('<that name>', `${stand.project}_greenplum_data`),
  )
  mustSucceed(answer)
  return answer.text
}

describe.runIf(hasEngine())('back up and restore', () => {
  it('a copy of the volume after a proven stop: what came later is gone, the rest is there, and PXF runs', async () => {
    const [stop, copy, restore] = blocksOf('The whole volume')
    const stand = await createStand()
    await stand.up('greenplum', 'bookings-db')
    await stand.sql("CREATE TABLE kept AS SELECT 7 AS n; ALTER ROLE gpadmin PASSWORD 'of the copy'")
    expect(await follow(stand, stop)).toContain('Exited (0)')
    await follow(stand, copy)
    await stand.sql('UPDATE kept SET n = 8; CREATE TABLE later AS SELECT 1 AS n')
    await follow(stand, restore)
    expect(await stand.sql("SELECT n FROM kept WHERE to_regclass('later') IS NULL")).toBe('7')
    mustSucceed(await stand.make('doctor'))
  })

  it('a dump of one database into another, with its roles', async (context) => {
    needsRealBase(context, 'the stand-in has no pg_dump')
    const [dump, restore] = blocksOf('One database')
    const stand = await createStand()
    await stand.up('greenplum', 'bookings-db')
    await stand.sql(`CREATE ROLE student LOGIN; CREATE TABLE kept (id int, name text) DISTRIBUTED BY (id);
      INSERT INTO kept SELECT i, 'row ' || i FROM generate_series(1, 1000) AS i;
      CREATE VIEW seen AS SELECT count(*) AS n FROM public.ext_bookings_bookings; GRANT SELECT ON kept TO student`)
    await follow(stand, dump)
    await stand.sql('DROP TABLE kept')
    await follow(stand, restore)
    expect(await stand.sql('SELECT count(*), max(name) FROM kept', 'restored')).toBe('1000|row 999')
    expect(await stand.sql('SELECT n FROM seen', 'restored')).toBe('5000')
    expect(await stand.sql("SELECT has_table_privilege('student', 'kept', 'SELECT')", 'restored')).toBe('t')
    expect(await stand.sql("SELECT count(*) FROM gp_dist_random('kept')", 'restored')).toBe('1000')
  })
})
