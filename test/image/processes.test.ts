/** Who is PID 1, what becomes of orphans, what the log is, and what ten thousand probes cost. */
import { describe, expect, it } from 'vitest'
import { eventually } from './clock.ts'
import { createStand, deriveImage, dockerOk, hasEngine, type Stand, mustBeProven } from './stand.ts'

describe.runIf(hasEngine())('processes', () => {
  it('PID 1 is tini and nothing stays a zombie, also after PXF was killed and everything stopped', async () => {
    const stand = await createStand()
    await stand.up()
    expect((await stand.exec('cat', '/proc/1/comm')).text).toBe('tini')
    await makeOrphans(stand)
    expect(
      await eventually('no zombie is left', async () => (await stand.zombies()).length === 0, 30_000),
    ).toBe(true)
  })

  it('with another init as PID 1 (docker run --init) tini still collects', async () => {
    const stand = await createStand({ greenplum: { init: true } })
    await stand.up()
    expect((await stand.exec('cat', '/proc/1/cmdline')).text).toContain('docker-init')
    await makeOrphans(stand)
    expect(
      await eventually('no zombie is left', async () => (await stand.zombies()).length === 0, 30_000),
    ).toBe(true)
    mustBeProven(await stand.stop())
  })

  it('without tini the supervisor says so loudly, and zombies stay (negative control)', async () => {
    const stand = await createStand({
      control: true,
      greenplum: { entrypoint: ['/entrypoint.sh'], command: ['gp-supervisor', 'run'] },
    })
    await stand.up()
    const loud = await stand.waitForLog('running as PID 1', ({ msg }) => msg.includes('PID 1'))
    expect(loud.level).toBe('error')
    expect(loud.msg).toContain('tini')
    await makeOrphans(stand)
    expect((await stand.zombies()).length).toBeGreaterThan(0)
  })

  it('docker logs is JSON from the first line to the last, and the last is the verdict', async () => {
    const stand = await createStand()
    stand.set({ greenplum: { image: await deriveImage(stand, flooding) } })
    await stand.up()
    const end = await stand.waitForLog('the end of the flood', ({ msg }) => msg.startsWith('flood end'))
    await stand.stop()
    const records = await stand.log('all')
    const flood = records.filter(({ msg }) => /^flood \d/.test(msg))
    expect(flood.length).toBe(Number(end.msg.split(' ').at(-1)))
    flood.forEach(({ msg }, index) => expect(Number(msg.split(' ')[1])).toBe(index + 1))
    expect(records.at(0)?.msg).toBe('listening')
    for (const { time, level, component } of records) {
      expect(Date.parse(time)).toBeGreaterThan(0)
      expect(level).toMatch(/^(debug|info|warn|error)$/)
      expect(component).toMatch(/^(supervisor|gpdb|gp-tool|pxf)$/)
    }
    expect((await stand.verdict()).proven).toBe(true)
  })

  it('10,000 probes: no session, no zombie, no growth; 200 at once are answered', async () => {
    const stand = await createStand()
    await stand.up()
    // A heap grows to its working size first; what grows after that is a leak.
    await probe(stand, 10_000, 8)
    const before = await measure(stand)
    expect(await probe(stand, 10_000, 8)).toEqual({ '200': 10_000 })
    expect(await probe(stand, 200, 200)).toEqual({ '200': 200 })
    const after = await measure(stand)
    expect(after.sessions).toBe(before.sessions)
    // It may breathe by a few megabytes; a socket or a session kept of each probe would be tens.
    expect(after.residentKb - before.residentKb).toBeLessThan(12_000)
    expect(await stand.zombies()).toEqual([])
    const hundred = await stand.shell(
      'for i in $(seq 100); do gp-healthcheck > /dev/null || exit 1; done; echo all',
    )
    expect(hundred.text).toBe('all')
  })
})

/**
 * 20 MB on the start script's standard output. The ssh of Greenplum's tools leaves that non-blocking, and a program that
 * does not expect it would lose most of its lines.
 */
const flooding = `
FROM gp-supervisor/greenplum:6.27.1
RUN { echo '#!/usr/bin/perl' \\
        && echo 'use Fcntl; fcntl(STDOUT, F_SETFL, 0);' \\
        && echo 'print "flood $_ ${'.'.repeat(80)}\\n" for 1..200000; print "flood end 200000\\n";'; \\
    } > /docker-entrypoint-initdb.d/10-flood.sh \\
    && chmod 755 /docker-entrypoint-initdb.d/10-flood.sh
`

/** PXF killed and started again, and a process whose parent does not wait for it. */
async function makeOrphans(stand: Stand): Promise<void> {
  const since = Date.now()
  await stand.shell('kill -9 "$(cat /data/pxf/run/pxf-app.pid)"')
  await stand.waitForLog(
    'PXF is ready again',
    ({ msg, time }) => msg === 'PXF is ready' && Date.parse(time) > since,
  )
  await stand.shell('gosu gpadmin bash -c "(sleep 0.2 &) ; sleep 0.5"')
  await stand.shell("gosu gpadmin bash -c 'source ~/.bashrc; pg_ctl -D /data/00/primary/gpseg0 reload -s'")
}

async function measure(stand: Stand): Promise<{ residentKb: number; sessions: string }> {
  const [pid = ''] = await stand.pids('gp-supervisor.cjs run')
  const { text } = await stand.shell(`awk '/VmRSS/ { print $2 }' /proc/${pid}/status`)
  // Greenplum 6 has no backend_type; what the server runs for itself has no user or no database.
  const sessions = await stand.sql(
    'SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL AND datname IS NOT NULL',
  )
  return { residentKb: Number(text), sessions }
}

/** HTTP requests from inside the container, so many at a time; answers how often which status came. */
async function probe(stand: Stand, amount: number, atOnce: number): Promise<Record<string, number>> {
  const script = `
    const http = require('node:http'), seen = {}
    let left = ${amount}
    const one = () => new Promise((done) => {
      const request = http.get({ host: '127.0.0.1', port: 8008, path: '/readyz', agent: false }, (response) => {
        seen[response.statusCode] = (seen[response.statusCode] ?? 0) + 1
        response.resume().on('end', done)
      })
      request.on('error', (error) => { seen[error.code] = (seen[error.code] ?? 0) + 1; done() })
    })
    const worker = async () => { while (left-- > 0) await one() }
    Promise.all(Array.from({ length: ${atOnce} }, worker)).then(() => console.log(JSON.stringify(seen)))
  `
  return JSON.parse(
    await dockerOk('exec', stand.container, '/opt/gp-supervisor/bin/node', '-e', script),
  ) as Record<string, number>
}
