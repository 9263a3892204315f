/** A real Airflow loads the demo data: right after `up --wait`, under other addresses, and over a killed database. */
import { describe, expect, it } from 'vitest'
import { overStandIn } from './airflow-stand.ts'
import { eventually } from './clock.ts'
import { createStand, dockerOk, hasEngine, mustBeProven, mustSucceed, type Stand } from './stand.ts'

async function airflow(stand: Stand, ...words: string[]): Promise<string> {
  const answer = await stand.compose('exec', '-T', 'airflow', 'airflow', ...words)
  mustSucceed(answer)
  return answer.text
}

/** From the database of Airflow, because each call of its program takes seconds. */
async function fromAirflow(stand: Stand, sql: string): Promise<string> {
  const answer = await stand.compose(
    'exec',
    '-T',
    'airflow-db',
    'psql',
    '-U',
    'airflow',
    '-d',
    'airflow',
    '-XqAtc',
    sql,
  )
  mustSucceed(answer)
  return answer.text.trim()
}

/** By the scheduler. */
async function trigger(stand: Stand, dag: string, run: string): Promise<void> {
  await airflow(stand, 'dags', 'trigger', '--run-id', run, dag)
}

async function untilEnded(stand: Stand, run: string): Promise<string> {
  const ask = () => fromAirflow(stand, `SELECT state FROM dag_run WHERE run_id = '${run}'`)
  return eventually(
    `${run} ends`,
    async () => {
      const state = await ask()
      return (state === 'success' || state === 'failed') && state
    },
    600_000,
  )
}

async function load(stand: Stand, run: string): Promise<void> {
  await trigger(stand, 'bookings_to_gp_stage', run)
  expect(await untilEnded(stand, run)).toBe('success')
}

const rowsOf = async (stand: Stand) => Number(await stand.sql('SELECT count(*) FROM stg.bookings'))

describe.runIf(hasEngine())('Airflow', () => {
  it('loads the demo data right after up --wait, after a start with other addresses, and over a killed database', async () => {
    const stand = await createStand({ environment: { AIRFLOW_PORT: '0' }, ...overStandIn })
    const up = await stand.compose(
      '--profile',
      'airflow',
      'up',
      '--detach',
      '--wait',
      '--no-build',
      '--pull',
      'never',
    )
    mustSucceed(up)
    expect(await airflow(stand, 'dags', 'list-import-errors')).toContain('No data found')
    // Without the scheduler, as a pipeline does it.
    mustSucceed(await stand.make('airflow-dag', 'DAG=bookings_stg_ddl'))
    await trigger(stand, 'bookings_stg_ddl', 'tables')
    expect(await untilEnded(stand, 'tables')).toBe('success')
    await load(stand, 'first')
    expect(await rowsOf(stand)).toBe(5084)
    expect(
      await stand.sql('SELECT count(*) = (SELECT count(*) FROM stg.segments_ext) FROM stg.segments'),
    ).toBe('t')
    // The control: a row too many fails the check, and when it is gone the run goes on.
    await stand.sql("INSERT INTO stg.bookings (book_ref, run_id) VALUES ('ABCDE-', 'nobody')")
    await trigger(stand, 'bookings_to_gp_stage', 'checked')
    const checked = `SELECT task_id FROM task_instance WHERE run_id = 'checked' AND state = 'up_for_retry'`
    expect(
      await eventually('a check fails', async () => (await fromAirflow(stand, checked)) || undefined),
    ).toBe('check_bookings')
    await stand.sql("DELETE FROM stg.bookings WHERE book_ref = 'ABCDE-'")
    expect(await untilEnded(stand, 'checked')).toBe('success')
    expect(await rowsOf(stand)).toBe(5168)

    const before = (await stand.state()).address
    mustSucceed(await stand.compose('--profile', 'airflow', 'stop'))
    const takers = [1, 2, 3, 4].map((number) => `${stand.project}-taker${number}`)
    const network = `${stand.project}_default`
    try {
      for (const name of takers)
        await dockerOk(
          'run',
          '--detach',
          '--name',
          name,
          '--network',
          network,
          'debian:bookworm-slim',
          'sleep',
          '900',
        )
      mustSucceed(await stand.compose('--profile', 'airflow', 'up', '--detach', '--wait', '--no-build'))
      expect((await stand.state()).address).not.toBe(before)
      await load(stand, 'elsewhere')
      expect(await rowsOf(stand)).toBe(5252)
    } finally {
      await stand.docker('rm', '--force', ...takers)
    }

    // The load of the flights waits for the lock when the database dies under it.
    const lock = stand.sql('BEGIN; LOCK TABLE stg.flights; SELECT pg_sleep(120)').catch(() => 'cut off')
    await trigger(stand, 'bookings_to_gp_stage', 'killed')
    await eventually(
      'the load waits for the lock',
      async () => (await stand.sql('SELECT count(*) FROM pg_locks WHERE NOT granted')) !== '0',
    )
    const [coordinator = ''] = (
      await stand.shell('head -n 1 /data/master/gpseg-1/postmaster.pid')
    ).text.split('\n')
    mustSucceed(await stand.exec('kill', '-9', coordinator))
    expect(await lock).toBe('cut off')
    expect(await untilEnded(stand, 'killed')).toBe('success')
    const tries = `SELECT try_number FROM task_instance WHERE run_id = 'killed' AND task_id = 'load_flights'`
    expect(Number(await fromAirflow(stand, tries))).toBeGreaterThan(1)
    expect((await stand.state()).restarts).toBe(1)
    expect(await rowsOf(stand)).toBe(5337)
    mustBeProven(await stand.stop())
  })
})
