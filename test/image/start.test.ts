/** Starts that go well: the first, later ones, a new container on an old volume, an image with newer seeds. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Status } from '../status.ts'
import { repository } from './setup/host.ts'
import { standImage } from './setup/images.ts'
import { eventually } from './clock.ts'
import { createStand, deriveImage, hasEngine, mustSucceed, mustBeProven, scratch } from './stand.ts'

/** Asks at once and once: it was started when all was ready. */
const clientScript = `
  set -e
  source /home/gpadmin/.bashrc
  curl -fsS http://127.0.0.1:5888/actuator/health | grep -q UP && echo 'pxf is UP'
  psql -h gpdbsne -U gpadmin -d gp_dwh -XqAt -c "SELECT 'extension ' || extversion FROM pg_extension WHERE extname = 'pxf'"
`

/** Takes an address of the stand's network and does nothing. */
const neighbour = { image: 'debian:bookworm-slim', command: ['sleep', '3600'], stop_grace_period: '0s' }

/** As if the image had been built with other seeds: one changed, one added. */
const newerSeeds = `
FROM gp-supervisor/greenplum:6.27.1
RUN sed -i 's|</configuration>|<!-- newer --></configuration>|' /opt/pxf-seed/servers/bookings-db/jdbc-site.xml \\
    && echo 'new driver' > /opt/pxf-seed/lib/new.jar
`

describe.runIf(hasEngine())('start', () => {
  it('first start to healthy; what depends on service_healthy starts only then and can use PXF at once', async () => {
    const stand = await createStand({
      initdb: true,
      more: {
        services: {
          client: {
            image: 'gp-supervisor/greenplum:6.27.1',
            depends_on: { greenplum: { condition: 'service_healthy' } },
            network_mode: 'service:greenplum',
            entrypoint: ['bash', '-c', clientScript],
            environment: { PGPASSWORD: 'gpadmin' },
          },
        },
      },
    })
    await stand.up('greenplum', 'bookings-db')
    const answer = await stand.compose('run', '--rm', '--no-TTY', 'client')
    mustSucceed(answer)
    expect(answer.text).toContain('pxf is UP')
    expect(answer.text).toContain('extension 2.1')
    expect((await stand.state()).health).toBe('healthy')
    const { phase, components } = await stand.status()
    expect(phase).toBe('ready')
    expect(Object.values(components).filter(({ state }) => !/^(ready|disabled)$/.test(state))).toEqual([])
    // The libraries were compiled with the image, and this server has loaded them.
    expect(components.protocols.entries?.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'demoprot ready',
      'length_prefixed ready',
    ])
    expect(components.sql.entries?.map(({ state }) => state)).toEqual(Array(4).fill('ready'))
    const said = await stand.log()
    expect(said.filter(({ component, msg }) => component === 'supervisor' && msg === 'ready')).toHaveLength(1)
    const doctor = await stand.exec('gp-supervisor', 'doctor')
    // Warnings are this machine's own.
    expect(doctor.text).toMatch(/^0 errors/m)
    expect([0, 1]).toContain(doctor.code)
  })
  it('stopped and started ten times, with another address each time: healthy every time', async () => {
    const stand = await createStand({ more: { services: { neighbour } } })
    await stand.up()
    const addresses = [(await stand.state()).address]
    for (let round = 1; round <= 10; round++) {
      mustBeProven(await stand.stop())
      // A neighbour takes the address that has just become free.
      const more = await stand.compose(
        'up',
        '--detach',
        '--no-recreate',
        '--scale',
        `neighbour=${round}`,
        'neighbour',
      )
      mustSucceed(more)
      await stand.start()
      addresses.push((await stand.state()).address)
      expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
    }
    expect(new Set(addresses).size).toBe(11)
  })

  it('down and up: a new container on the same volume, with all that was in it', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
    await stand.down()
    await stand.up()
    expect(await stand.sql('SELECT point FROM kept')).toBe('1')
    expect((await stand.log()).some(({ msg }) => msg === 'the previous run was shut down cleanly')).toBe(true)
  })

  it('an image with newer seeds: what was edited stays, what is missing comes, the drift is shown', async () => {
    const stand = await createStand()
    await stand.up()
    const file = 'servers/bookings-db/jdbc-site.xml'
    await stand.shell(`sed -i 's|</configuration>|<!-- mine --></configuration>|' /data/pxf/${file}`)
    stand.set({ greenplum: { image: await deriveImage(stand, newerSeeds) } })
    await stand.up()
    expect((await stand.shell(`cat /data/pxf/${file}`)).text).toContain('mine')
    expect((await stand.shell('cat /data/pxf/lib/new.jar')).text).toContain('new driver')
    expect((await stand.status()).seedDrift.map(({ path, state }) => [path, state])).toEqual([
      [file, 'edited-and-outdated'],
    ])
  })

  it('docker run with a password and nothing else becomes ready, without a source to read from', async () => {
    const stand = await createStand()
    const name = `${stand.project}-alone`
    const inAlone = async (...words: string[]) => (await stand.docker('exec', name, ...words)).text
    try {
      mustSucceed(
        await stand.docker('run', '--detach', '--name', name, '--env', 'GREENPLUM_PASSWORD=x', standImage),
      )
      await eventually(
        `${name} is healthy`,
        async () =>
          (await stand.docker('inspect', '-f', '{{.State.Health.Status}}', name)).text === 'healthy',
      )
      const { components } = JSON.parse(await inAlone('gp-supervisor', 'status', '--json')) as Status
      expect([components.seed.state, components.pxf.state, components.sql.state]).toEqual(
        Array(3).fill('ready'),
      )
      const file = '/data/pxf/servers/bookings-db/jdbc-site.xml'
      expect(await inAlone('stat', '-c', '%a %U', file)).toBe('600 gpadmin')
      expect(await inAlone('cat', file)).toContain('jdbc:postgresql://bookings-db/demo?')
    } finally {
      await stand.docker('rm', '--force', '--volumes', name)
    }
  })

  it('an image with seeds that cannot be used is not built: file and line are said', async () => {
    const stand = await createStand()
    const dockerfile = readFileSync(join(repository, 'Dockerfile.greenplum'), 'utf8')
    const step = /^RUN gp-supervisor seed --check(?:.*\\\n)*.*$/m.exec(dockerfile)?.[0] ?? ''
    const folder = join(scratch(stand.project), 'checked')
    mkdirSync(folder)
    const build = async (more: string) => {
      writeFileSync(join(folder, 'Dockerfile'), `FROM ${standImage}\n${more}\n${step}\n`)
      const tag = `${stand.project}:derived`
      return stand.docker('build', '--progress=plain', '--pull=false', '--tag', tag, folder)
    }
    expect(step).not.toBe('')
    // The control: it is not the step itself that fails.
    mustSucceed(await build('RUN true'))
    const { code, text } = await build(
      "RUN sed -i 's|?ApplicationName|?a=1\\&b|' /opt/pxf-seed/servers/bookings-db/jdbc-site.xml \\\n" +
        " && echo 'DROP TABLE public.mine;' > /opt/gp-seed/sql/50-mine.sql",
    )
    expect(code).not.toBe(0)
    expect(text).toMatch(
      /\/opt\/pxf-seed\/servers\/bookings-db\/jdbc-site\.xml, line 1\d: a bare &; write &amp;/,
    )
    expect(text).toMatch(/\/opt\/gp-seed\/sql\/50-mine\.sql:1: DROP TABLE deletes/)
    expect(text).toContain('are made from seed/: fix it there')
  })
})
