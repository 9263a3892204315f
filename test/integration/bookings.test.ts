/** The demo data: what its generator makes, and how Greenplum reads it (the stand-in does, over dblink). */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client, type QueryResult } from 'pg'
import { describe, expect, it } from 'vitest'
import { connection, createRig, socketSession, type Rig } from './rig.ts'

const folder = 'bookings/sql'
const tables = ['routes', 'flights', 'bookings', 'tickets', 'segments', 'boarding_passes']

/** A database with the demo data in the stand-in's own server. */
async function demoDatabase(rig: Rig, name: string): Promise<Client> {
  await rig.query(`CREATE DATABASE ${name}`)
  const loader = connection(rig.standIn, name)
  await loader.connect()
  for (const file of readdirSync(folder).toSorted())
    await loader.query(readFileSync(join(folder, file), 'utf8'))
  await loader.end()
  // Another session, because the path of the database is that of new sessions.
  const client = connection(rig.standIn, name)
  await client.connect()
  return client
}

async function rowsOf(client: Client): Promise<Record<string, number>> {
  const list = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(', ')
  const { rows } = (await client.query(`SELECT ${list}`)) as QueryResult<Record<string, number>>
  return rows[0] ?? {}
}

/** A sum over all that all tables have. */
async function contentOf(client: Client): Promise<unknown> {
  const sums = tables.map(
    (table) => `(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${table} AS t) AS ${table}`,
  )
  return (await client.query(`SELECT bookings.now(), ${sums.join(', ')}`)).rows[0]
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: Error) => error.message,
  )

async function startRig(environment: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false', ...environment })
  await rig.start().answers('/readyz')
  return rig
}

describe('the demo data', () => {
  it('is the same whether time passes in one step or in many, and proves itself after each', async () => {
    const rig = await startRig()
    const [one, many] = [await demoDatabase(rig, 'one'), await demoDatabase(rig, 'many')]
    const began = {
      routes: 420,
      flights: 8588,
      bookings: 5000,
      tickets: 14716,
      segments: 18523,
      boarding_passes: 12351,
    }
    expect(await rowsOf(one)).toEqual(began)
    // Over the end of a month, so that another timetable is made.
    await one.query("CALL continue(bookings.now() + interval '35 days')")
    for (let week = 1; week <= 5; week++)
      await many.query("CALL continue(bookings.now() + interval '7 days', 1)")
    const content = await contentOf(many)
    expect(content).toEqual(await contentOf(one))
    expect((await rowsOf(many))['routes']).toBe(504)
    expect((await rowsOf(many))['bookings']).toBeGreaterThan(7900)

    // The controls: a day more is another content, and a fault is found.
    await one.query("CALL continue(bookings.now() + interval '1 day')")
    expect(await contentOf(one)).not.toEqual(content)
    await one.query('UPDATE bookings SET total_amount = total_amount + 1 WHERE book_ref = $1', [
      (await one.query<{ book_ref: string }>('SELECT min(book_ref) AS book_ref FROM bookings')).rows[0]
        ?.book_ref,
    ])
    expect(await messageOf(one.query("CALL continue(bookings.now() + interval '1 day')"))).toBe(
      'the demo data is not consistent: amounts that are not the sum of their segments (1)',
    )
    expect(await messageOf(many.query("CALL continue('2017-02-01')"))).toMatch(
      /^the data goes until 2017-04-05 .* already$/,
    )
    await many.query('TRUNCATE gen.events')
    expect(await messageOf(many.query("CALL continue('2018-02-01')"))).toBe(
      'there is nothing to continue: gen.events is empty',
    )
    for (const client of [one, many]) await client.end()
  })

  it('has what clients of the public generator call: a queue to clear, workers to wait for', async () => {
    const rig = await startRig()
    const client = await demoDatabase(rig, 'demo')
    await client.query(`DO $$
      DECLARE until timestamptz := date_trunc('day', (SELECT max(book_date) FROM bookings.bookings)) + interval '2 days';
      BEGIN
        DELETE FROM gen.events WHERE type = 'VACUUM';
        CALL continue(until, 1);
        COMMIT;
        PERFORM dblink_disconnect(unnest(dblink_get_connections()));
      END $$`)
    expect((await rowsOf(client))['bookings']).toBe(5126)
    await client.query("CALL generate('2019-05-01', '2019-05-11', 1)")
    const { rows } = await client.query('SELECT min(book_date), max(book_date) FROM bookings')
    expect(JSON.stringify(rows)).toMatch(/"min":"2019-05-01T.*"max":"2019-05-10T/)
    await client.end()
  })
})

describe('the stand-in, told to read', () => {
  it('reads the demo data through the external tables of the image; otherwise they are empty', async () => {
    const rig = await createRig({ STANDIN_PXF_READS: '1' })
    await rig.start({ BOOKINGS_DB_HOST: `127.0.0.1:${rig.standIn.ports.coordinator}` }).answers('/readyz')
    await rig.query(`CREATE ROLE bookings LOGIN PASSWORD 'bookings' SUPERUSER`)
    await createExternalTables(rig)
    const client = await demoDatabase(rig, 'demo')
    expect(await rig.query('SELECT count(*)::int FROM stg.bookings_ext')).toEqual([{ count: 5000 }])
    await client.query("CALL continue(bookings.now() + interval '1 day')")
    expect(await rig.query('SELECT count(*)::int FROM stg.bookings_ext')).toEqual([{ count: 5084 }])
    expect(
      await rig.query(
        `SELECT airport_name::json ->> 'en' AS name FROM stg.airports_ext WHERE airport_code = 'KTM'`,
      ),
    ).toEqual([{ name: 'Tribhuvan' }])
    await client.end()

    const control = await startRig({ GREENPLUM_PXF_ENABLE: 'true' })
    await createExternalTables(control)
    expect(await control.query('SELECT count(*)::int FROM stg.bookings_ext')).toEqual([{ count: 0 }])
  })
})

/** By the image's own file. */
async function createExternalTables(rig: Rig): Promise<void> {
  const client = await socketSession(rig)
  await client.query(readFileSync('seed/sql/20-stg_ext.sql', 'utf8'))
  await client.end()
}
