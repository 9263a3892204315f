/** Starts that go well: the first, later ones, a new container on an old volume, an image with newer seeds. */
import { describe, expect, it } from 'vitest'
import { createStand, deriveImage, hasEngine, mustSucceed, mustBeProven } from './stand.ts'

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
})
