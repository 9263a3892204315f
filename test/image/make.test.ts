/** `make up` and `make doctor` as somebody would type them, over an .env of one's own; ports and their addresses. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { logInFrom } from './beside.ts'
import { realBase } from './setup/base.ts'
import { standImage } from './setup/images.ts'
import { eventually } from './clock.ts'
import { createStand, dockerOk, hasEngine, mustSucceed, scratch, type Stand } from './stand.ts'

describe.runIf(hasEngine())('make', () => {
  it('up shows phase and reasons while it waits, and ends when all is ready', async () => {
    const stand = await createStand({ initdb: true })
    const { code, text } = await stand.make('up')
    expect(code).toBe(0)
    expect(text).toMatch(/^ +\d+ s {2}phase: (preparing|starting)$/m)
    expect(text).toMatch(/^ +\d+ s {2}gpdb: starting: the cluster is being created/m)
    // The others may be ready before the first look.
    for (const part of ['gpdb', 'sql', 'phase'])
      expect(text).toMatch(new RegExp(`^ +\\d+ s {2}${part}: ready$`, 'm'))
    const [, page = ''] = /^Page: (http:\/\/127\.0\.0\.1:\d+\/) /m.exec(text) ?? []
    // From the engine's own network, as a browser of this machine.
    const asked = ['run', '--rm', '--network', 'host', '--entrypoint', 'curl', standImage, '-sS', page]
    expect(await dockerOk(...asked)).toMatch(/^<!doctype html>/)
    expect(text).toMatch(
      /^Ready after \d+ s\. Greenplum: 127\.0\.0\.1:\d+ {3}bookings-db: 127\.0\.0\.1:\d+$/m,
    )
    mustSucceed(await stand.exec('gp-healthcheck'))
    // Warnings are this machine's own, and no failure.
    mustSucceed(await stand.make('doctor'))
    mustSucceed(await stand.make('stop'))
    mustSucceed(await stand.make('doctor'))
  })

  it('up says what the supervisor says of a wrong value in .env, at once; and is ready with the right one', async () => {
    const stand = await createStand()
    useEnv(stand, 'PG_HBA_SAMEHOST=yes\nGREENPLUM_PASSWORD=secret\n')
    const begin = Date.now()
    const { code, text } = await stand.make('up')
    expect(Date.now() - begin).toBeLessThan(60_000)
    expect(code).toBe(2)
    expect(text).toMatch(/PG_HBA_SAMEHOST is "yes"; allowed: /)
    expect(text).toContain(
      'The stand is not ready: greenplum ended with exit code 78: a setting or the volume',
    )
    expect(text).toContain('GREENPLUM_PASSWORD has no effect')
    expect(text).toContain('did you mean GP_PASSWORD?')
    expect(text).not.toContain('is gp-supervisor running?')
    const doctor = await stand.make('doctor')
    expect(doctor.code).toBe(2)
    expect(doctor.text).toContain('PG_HBA_SAMEHOST is "yes"')
    expect(doctor.text).toContain('did you mean GP_PASSWORD?')
    useEnv(stand, 'PG_HBA_SAMEHOST=md5\n')
    mustSucceed(await stand.make('up'))
  })

  it('up stops waiting as soon as PXF has failed for good; the database comes up all the same', async () => {
    const stand = await createStand({ greenplum: { environment: pxfThatFails } })
    const { code, text } = await stand.make('up')
    expect(code).toBe(2)
    expect(text).toMatch(/^ {2}pxf: failed for good: PXF failed /m)
    expect(text).toContain('The stand is not ready: what failed for good')
    await eventually(
      'the database is up',
      async () => (await stand.exec('gp-healthcheck', '--for', 'sql')).code === 0,
    )
    const doctor = await stand.make('doctor')
    expect(doctor.code).toBe(2)
    expect(doctor.text).toContain('Errors were found; each is listed with its fix.')
  })
})

describe.runIf(hasEngine())('ports', () => {
  it('are published on 127.0.0.1 alone unless GP_BIND says otherwise', async () => {
    const stand = await createStand()
    await stand.up('greenplum', 'bookings-db')
    const inside = await addressOfEngine(stand)
    const reached = async () => {
      const port = (await published(stand, 'greenplum')).split(':').at(-1) ?? ''
      return logInFrom({ network: `${stand.project}_default`, host: inside, port }, 'gpadmin')
    }
    for (const service of ['greenplum', 'bookings-db'])
      expect(await published(stand, service)).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(await reached()).toContain('Connection refused')
    useEnv(stand, 'GP_BIND=0.0.0.0\n')
    await stand.up('greenplum', 'bookings-db')
    for (const service of ['greenplum', 'bookings-db'])
      expect(await published(stand, service)).toMatch(/^0\.0\.0\.0:\d+$/)
    expect(await reached()).toBe('in')
  })

  it('with an address in them, as .env had it once, are explained by make up and make doctor', async () => {
    const stand = await createStand({ environment: { GP_HOST_PORT: '127.0.0.1:5435' } })
    for (const command of ['up', 'doctor']) {
      const { code, text } = await stand.make(command)
      expect(code).toBe(2)
      expect(text).toContain('GP_HOST_PORT is "127.0.0.1:5435", but it takes the port alone.')
      expect(text).toContain('  GP_BIND=127.0.0.1\n  GP_HOST_PORT=5435\n')
    }
  })

  it('of the health probes: HEALTH_HOST and HEALTH_PORT from .env reach supervisor and probe', async () => {
    const stand = await createStand()
    useEnv(stand, 'HEALTH_HOST=0.0.0.0\nHEALTH_PORT=8123\n')
    await stand.up()
    const ask = ['curl', '-sS', 'http://greenplum:8123/readyz']
    const answer = await stand.compose(
      'run',
      '--rm',
      '--no-deps',
      '--no-TTY',
      '--entrypoint',
      '',
      'greenplum',
      ...ask,
    )
    expect(answer.text).toContain('"ok":true')
    expect((await stand.state()).health).toBe('healthy')
  })

  it('of Greenplum alone are exposed by the image', async () => {
    const format = '{{ json .Config.ExposedPorts }}'
    expect(await dockerOk('image', 'inspect', '--format', format, 'gp-supervisor/greenplum:6.27.1')).toBe(
      '{"5432/tcp":{}}',
    )
  })
})

/** The stand-in's PXF fails at once; the JVM of a real one does not know the option. */
const pxfThatFails =
  realBase === undefined ? { STANDIN_PXF_START: 'fail' } : { PXF_JVM_OPTS: '-XX:+NoSuchOption' }

function useEnv(stand: Stand, text: string): void {
  const file = join(scratch(stand.project), '.env')
  writeFileSync(file, text)
  stand.set({ environment: { COMPOSE_ENV_FILES: file } })
}

const published = async (stand: Stand, service: string): Promise<string> =>
  (await stand.compose('port', service, '5432')).text.trim()

/** Where the stand's network ends at the engine: an address of the host that is not loopback. */
async function addressOfEngine(stand: Stand): Promise<string> {
  const format = '{{ (index .IPAM.Config 0).Gateway }}'
  return dockerOk('network', 'inspect', '--format', format, `${stand.project}_default`)
}
