/** stand/up.sh, as `make up` runs it, over a docker that answers as a scenario says, second by second. */
import { describe, expect, it } from 'vitest'
import { config, runScript } from './run-script.ts'

const since = ' since 2026-11-21T08:32:59.121Z: '
const answer = (phase: string, ...reasons: string[]) =>
  [`not ready (${phase})`, ...reasons.map((reason) => reason.replace(' | ', since))].join('\n')

const running = 'running 0 0 starting'
const healthy = 'running 0 0 healthy'
const silent =
  'gp-healthcheck: cannot reach http://127.0.0.1:8008/readyz (Connection refused): is gp-supervisor running?'

const up = (files: Record<string, string>, environment: Record<string, string> = {}) =>
  runScript('up.sh', {
    files: {
      model: config,
      up: '',
      'up.code': '0',
      'greenplum.0': running,
      'bookings-db.0': healthy,
      'answer.0': '',
      log: '',
      events: '',
      ...files,
    },
    environment,
  })

// Dozens of short processes each; a busy machine needs its time for them.
describe('make up', { timeout: 60_000 }, () => {
  it('shows phase and reasons when they change, and what becomes ready', async () => {
    const { code, text } = await up({
      'bookings-db.0': running,
      'bookings-db.4': healthy,
      'answer.0': silent,
      'answer.2': answer(
        'starting',
        'gpdb: starting | gpinitsystem is creating the cluster',
        'hba: pending | waiting for the database',
      ),
      'answer.6': answer('configuring', 'hba: starting | proves the rule'),
      'answer.7': '',
    })
    expect(text).toMatchInlineSnapshot(`
      "   0 s  supervisor: no answer yet
         0 s  bookings-db: starting
         2 s  phase: starting
         2 s  gpdb: starting: gpinitsystem is creating the cluster
         2 s  hba: pending: waiting for the database
         4 s  bookings-db: ready
         6 s  gpdb: ready
         6 s  phase: configuring
         6 s  hba: starting: proves the rule
         7 s  phase: ready
         7 s  hba: ready

      Ready after 7 s. Greenplum: 127.0.0.1:5435   bookings-db: 127.0.0.1:5434
      Page: http://127.0.0.1:8008/ (state, reasons, the start as a chart)
      Next: make gp-psql (SQL; the external tables are there), make status.
      "
    `)
    expect(code).toBe(0)
  })

  it('says nothing but the addresses of a stand that is ready', async () => {
    const { code, text } = await up({})
    expect(text).toMatchInlineSnapshot(`
      "
      Ready after 0 s. Greenplum: 127.0.0.1:5435   bookings-db: 127.0.0.1:5434
      Page: http://127.0.0.1:8008/ (state, reasons, the start as a chart)
      Next: make gp-psql (SQL; the external tables are there), make status.
      "
    `)
    expect(code).toBe(0)
  })

  it('names no page where none is published', async () => {
    const { code, text } = await up({}, { NO_PAGE: '' })
    expect(text).toContain('bookings-db: 127.0.0.1:5434\nNext: make gp-psql')
    expect(code).toBe(0)
  })

  it('stops waiting for what has failed for good, with all of its reason', async () => {
    const pxf =
      'pxf: failed for good | five starts in five minutes failed. Last lines of pxf-app.out:\nError: heap\nhint: none'
    const { code, text } = await up({
      'answer.0': answer('starting', 'gpdb: starting | gpstart is at work', 'pxf: starting | starts'),
      'answer.3': answer('degraded', pxf),
    })
    expect(text).toMatchInlineSnapshot(`
      "   0 s  phase: starting
         0 s  gpdb: starting: gpstart is at work
         0 s  pxf: starting: starts
         3 s  gpdb: ready
         3 s  phase: degraded
         3 s  pxf: failed for good: five starts in five minutes failed. Last lines of pxf-app.out:
         3 s    Error: heap
         3 s    hint: none

      What is not ready:

        phase: degraded
        pxf: failed for good: five starts in five minutes failed. Last lines of pxf-app.out:
          Error: heap
          hint: none

      The stand is not ready: what failed for good stays so until the next start.
      It stays as it is. More: make doctor, make logs; docs/stand.md lists the known errors.
      "
    `)
    expect(code).toBe(1)
  })

  it('waits on for a component that is tried again', async () => {
    const { code } = await up(
      { 'answer.0': answer('degraded', 'pxf: failed | tried again'), 'answer.400': '' },
      { TICK: '50' },
    )
    expect(code).toBe(0)
  })

  it('shows the end of the log, and the meaning of the exit code, when the container has ended', async () => {
    const log = [
      'entrypoint: sshd',
      JSON.stringify({
        level: 'error',
        time: '2026-11-21T08:33:03.216Z',
        component: 'supervisor',
        reason: 'PG_HBA_SAMEHOST is "yes"; allowed: "trust", "md5"\nsecond fault',
        msg: 'cannot start',
      }),
    ].join('\n')
    const { code, text } = await up({
      'answer.0': silent,
      'greenplum.3': 'running 1 0 starting',
      events: '69\n78\n',
      log,
    })
    expect(text).toMatchInlineSnapshot(`
      "   0 s  supervisor: no answer yet

      The log of greenplum ends with:

        entrypoint: sshd
        08:33:03.216 error supervisor cannot start
                     reason:
                       PG_HBA_SAMEHOST is "yes"; allowed: "trust", "md5"
                       second fault

      The stand is not ready: greenplum ended with exit code 78: a setting or the volume cannot be used. Correct it (a setting in .env) and run make up again.
      It stays as it is. More: make doctor, make logs; docs/stand.md lists the known errors.
      "
    `)
    expect(code).toBe(1)
  })

  it.each([
    ['restarting 4 70 starting', 'greenplum ended with exit code 70: an error inside the supervisor.'],
    [
      'exited 0 137 unhealthy',
      'greenplum ended with exit code 137: it was killed, most often for lack of memory.',
    ],
    ['', 'the container of greenplum is gone.'],
  ])('a container that is %s is not waited for', async (state, said) => {
    const { code, text } = await up({ 'answer.0': silent, 'greenplum.2': state })
    expect(text).toContain(`The stand is not ready: ${said}\n`)
    expect(code).toBe(1)
  })

  it('restarts from before do not count', async () => {
    const { code } = await up({ 'greenplum.0': 'running 3 0 starting', 'answer.0': silent, 'answer.2': '' })
    expect(code).toBe(0)
  })

  it.each([
    ['missing', 'running 0 0 starting psql: error: relation "bookings.boarding_passes" does not exist'],
    ['not there for minutes', 'running 0 0 unhealthy psql: error: Connection refused'],
  ])('stops waiting for a source whose data is %s', async (_what, state) => {
    const { code, text } = await up({ 'bookings-db.0': state, log: 'ERROR: it said so' }, { TICK: '5' })
    expect(text).toContain('The log of bookings-db ends with:\n\n  ERROR: it said so\n')
    expect(text).toContain('make bookings-init')
    expect(code).toBe(1)
  })

  it.each([
    ['is still being made', 'running 0 0 starting psql: error: Connection refused'],
    ['has just been made again', 'running 0 0 unhealthy psql: error: relation does not exist'],
  ])('waits for a source whose data %s', async (_what, state) => {
    const { code } = await up({ 'bookings-db.0': state, 'bookings-db.12': healthy }, { TICK: '4' })
    expect(code).toBe(0)
  })

  it('shows once, while it waits, how the log ends when no supervisor answers', async () => {
    const { code, text } = await up(
      { 'answer.0': silent, 'answer.90': '', log: 'chown: a large volume' },
      { TICK: '10' },
    )
    expect(text.match(/chown: a large volume/g)).toHaveLength(1)
    expect(text).toContain(`  30 s  ${silent}`)
    expect(code).toBe(0)
  })

  it('ends after UP_TIMEOUT, with what is not ready', async () => {
    const { code, text } = await up(
      { 'answer.0': answer('starting', 'gpdb: starting | gpstart is at work') },
      { UP_TIMEOUT: '20', TICK: '10' },
    )
    expect(text).toMatchInlineSnapshot(`
      "   0 s  phase: starting
         0 s  gpdb: starting: gpstart is at work

      What is not ready:

        phase: starting
        gpdb: starting: gpstart is at work

      The stand is not ready: 20 s have passed. UP_TIMEOUT=SECONDS make up waits longer.
      It stays as it is. More: make doctor, make logs; docs/stand.md lists the known errors.
      "
    `)
    expect(code).toBe(1)
  })

  it('ends as Compose does where it cannot start anything', async () => {
    const { code, text } = await up({ up: 'Error: port is already allocated\n', 'up.code': '18' })
    expect(text).toBe(
      'Error: port is already allocated\n\nThe stand cannot be started. docs/stand.md lists the known errors.\n',
    )
    expect(code).toBe(18)
  })
})
