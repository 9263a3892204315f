/** Volumes and names that cannot be used, or not like this: the error says which line mends it. */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inVolume } from './beside.ts'
import { eventually } from './clock.ts'
import { baseImage } from './setup/images.ts'
import {
  createStand,
  dockerOk,
  hasEngine,
  mustBeProven,
  mustSucceed,
  scratch,
  tmpfsVolume,
  type Answer,
  type Stand,
} from './stand.ts'

describe.runIf(hasEngine())('volume', () => {
  it('a second container on the same volume is refused with exit 73, the first undisturbed', async () => {
    const stand = await createStand()
    await stand.up()
    const begun = await stand.sql('SELECT pg_postmaster_start_time()')
    const second = await stand.compose('run', '--rm', '--no-deps', '--no-TTY', 'greenplum')
    expect(second.code).toBe(73)
    expect(second.text).toContain('another container is using it')
    expect(await stand.sql('SELECT pg_postmaster_start_time()')).toBe(begun)
    mustSucceed(await stand.exec('gp-healthcheck'))
    mustBeProven(await stand.stop())
  })

  it('of the plain base image: taken over, and given back, with everything in it', async () => {
    const stand = await createStand({ control: true })
    const plain = {
      greenplum: {
        image: baseImage,
        restart: 'no',
        healthcheck: { disable: true },
        environment: { GREENPLUM_PXF_ENABLE: 'false' },
      },
    }
    const since = async (line: string, ms: number) => {
      const begin = new Date().toISOString()
      mustSucceed(await stand.compose('up', '--detach', '--no-build', 'greenplum'))
      await eventually(
        `the plain image says ${line}`,
        async () => (await dockerOk('logs', '--since', begin, stand.container)).includes(line),
        ms,
      )
    }
    stand.set(plain)
    await since('Execute custom init scripts', 300_000)
    await stand.sql('CREATE TABLE kept AS SELECT generate_series(1, 1000) AS point')
    mustSucceed(await stand.compose('stop', '--timeout', '60', 'greenplum'))

    stand.set({})
    await stand.up()
    expect(await stand.sql('SELECT count(*) FROM kept')).toBe('1000')
    await stand.waitForLog('the volume', ({ id }) => id === 'volume.adopted')
    await stand.sql('INSERT INTO kept SELECT generate_series(1001, 1500)')
    mustBeProven(await stand.stop())

    stand.set(plain)
    await since('Database successfully started', 120_000)
    expect(await stand.sql('SELECT count(*), sum(point) FROM kept')).toBe('1500|1125750')
    mustSucceed(await stand.compose('stop', '--timeout', '60', 'greenplum'))
    // And with the supervisor once more.
    stand.set({})
    await stand.up()
    expect(await stand.sql('SELECT count(*) FROM kept')).toBe('1500')
    mustBeProven(await stand.stop())
  })

  it('other host names: the first one is an alias of each, the cluster starts, and its tools work', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
    for (const hostname of ['renamed', 'gpdbsne.example.org', 'another-1']) {
      stand.set({ greenplum: { hostname } })
      await stand.up()
      expect(await stand.sql('SELECT point FROM kept')).toBe('1')
      await stand.waitForLog('the two names', (record) => record['createdAs'] === 'gpdbsne')
      expect(await stand.sql('SELECT DISTINCT hostname FROM gp_segment_configuration')).toBe('gpdbsne')
    }
    // gpstart itself logs in to the name in the catalog.
    stand.set({ greenplum: { hostname: 'renamed' }, environment: { GP_FAST_START: 'off' } })
    await stand.up()
    expect(await stand.sql('SELECT point FROM kept')).toBe('1')
    mustBeProven(await stand.stop())
  })

  it('another host name where /etc/hosts cannot be written: refused, with the line that fixes it; fixed, it starts', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.down()
    const hosts = join(scratch(stand.project), 'hosts')
    writeFileSync(hosts, '127.0.0.1 localhost renamed\n')
    const volumes = [`${hosts}:/etc/hosts:ro`]
    stand.set({ greenplum: { hostname: 'renamed', restart: 'no', volumes } })
    const said = await refused(stand)
    expect(said).toContain('hostname: gpdbsne')
    expect(said).toContain('renamed')
    stand.set({})
    await stand.up()
  })

  it('read-only: refused, and the error names the volume and the line', async () => {
    const stand = await createStand({
      greenplum: { restart: 'no', volumes: ['greenplum_data:/data:ro'] },
    })
    const said = await refused(stand)
    expect(said).toContain('/data is mounted read-only')
    expect(said).toContain('in the compose file, without \\":ro\\": - greenplum_data:/data')
  })

  it('full: refused before the first start, with what is needed', async () => {
    const stand = await createStand({
      greenplum: { restart: 'no' },
      more: { volumes: { greenplum_data: tmpfsVolume('20m') } },
    })
    expect(await refused(stand)).toMatch(/free/)
  })

  it('filled while it runs: it serves on, the stop is honest, and with room again all that was committed is there', async () => {
    // In memory, and so gone without somebody who keeps it mounted.
    const keeper = {
      image: 'debian:bookworm-slim',
      command: ['sleep', '3600'],
      stop_grace_period: '0s',
      volumes: ['greenplum_data:/data'],
    }
    const stand = await createStand({
      more: { volumes: { greenplum_data: tmpfsVolume('900m') }, services: { keeper } },
    })
    await stand.up('greenplum', 'keeper')
    await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
    await stand.shell('for size in 1M 1; do dd if=/dev/zero of=/data/filler-$size bs=$size; done')
    await expect(stand.sql('CREATE TABLE lost AS SELECT generate_series(1, 100000)')).rejects.toThrow(
      'No space left on device',
    )
    mustSucceed(await stand.exec('gp-healthcheck'))
    const { proven, exitCode, directories } = await stand.stop()
    expect(proven).toBe(directories.every(({ state }) => state === 'shut down'))
    expect(exitCode).toBe(proven ? 0 : 75)
    expect((await stand.state()).exitCode).toBe(exitCode)
    expect(JSON.stringify(await stand.log())).toContain('the volume is full; free space on it')
    mustSucceed(await stand.compose('exec', '-T', 'keeper', 'sh', '-c', 'rm /data/filler-*'))
    await stand.start()
    expect(await stand.sql('SELECT point FROM kept')).toBe('1')
  })

  it('another owner: the error says whose it is and how to give it back', async () => {
    const stand = await createStand({ greenplum: { restart: 'no', ...withoutEntrypoint } })
    // An empty volume would get the owner of the image's folder again.
    await inVolume(stand, 'touch /data/mine; chown 0:0 /data')
    await refused(stand)
    const { text, fix } = await stand.waitForLog('the owner', ({ id }) => id === 'place.owner')
    expect(text).toContain('/data belongs to uid 0')
    mustSucceed(await asItIsGiven(stand, String(fix)))
    await stand.up()
  })

  it('init scripts mounted read-only: they run, and the host keeps the owner of its files', async () => {
    const { stand, file } = await withMountedScript(0o644)
    await stand.up()
    expect(await stand.sql('SELECT n FROM made_by_init')).toBe('1')
    expect((await stand.shell('stat -c %u /docker-entrypoint-initdb.d/*')).text).toBe('0')
    expect(statSync(file).uid).toBe(0)
  })

  it('init scripts mounted read-only that nobody but root may read: the error names the file', async () => {
    const { stand } = await withMountedScript(0o600)
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    expect((await stand.untilExited()).exitCode).toBe(69)
    expect(JSON.stringify(await stand.log())).toContain('10-make.sql: Permission denied')
  })

  it("the base image's own entrypoint ends at such a mount (negative control)", async () => {
    const { stand } = await withMountedScript(0o644, { entrypoint: ['tini', '-s', '--', '/entrypoint.sh'] })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    expect((await stand.untilExited()).exitCode).toBe(1)
    expect((await stand.docker('logs', stand.container)).text).toContain('Read-only file system')
  })

  it('six first starts in a row cut off: all is kept; then it is refused, with the command that makes room', async () => {
    const stand = await createStand({ initdb: true, greenplum: { restart: 'no' } })
    for (let round = 1; round <= 6; round++) await cutOffFirstStart(stand)
    await stand.docker('start', stand.container)
    expect((await stand.untilExited()).exitCode).toBe(78)
    const { text, cause, fix } = await stand.waitForLog(
      'the leftovers',
      ({ id }) => id === 'place.interrupted',
    )
    expect(text).toMatch(/^5 incomplete clusters /)
    expect(cause).toMatch(/^they contain no data; find out from the log why the starts failed/)
    // Five lie aside, each with its files, and the sixth where it was made.
    const kept = await inVolume(stand, 'cd /data; du -sm .gp-supervisor/interrupted-*/master master')
    const sizes = [...kept.matchAll(/^(\d+)\t.*master$/gm)].map(([, megabytes]) => Number(megabytes))
    expect(sizes.length).toBe(6)
    expect(Math.min(...sizes)).toBeGreaterThan(20)
    mustSucceed(await asItIsGiven(stand, String(fix)))
    await stand.start()
    // The sixth, moved aside by this start.
    expect((await stand.shell('ls /data/.gp-supervisor | grep -c interrupted-')).text).toBe('1')
    expect(await stand.sql("SELECT count(*) FROM gp_dist_random('gp_id')")).toBe('2')
  })
})

/** Without the base image's fixing of owners; its sshd is all that Greenplum's tools need of its entrypoint. */
const withoutEntrypoint = {
  entrypoint: ['tini', '-s', '--', 'bash', '-c'],
  command: [
    'ssh-keygen -A > /dev/null; mkdir -p /run/sshd; /usr/sbin/sshd; exec gosu gpadmin gp-supervisor run',
  ],
}

/** A folder of the host with one init script, mounted read-only. */
async function withMountedScript(mode: number, more: object = {}): Promise<{ stand: Stand; file: string }> {
  const stand = await createStand()
  const folder = join(scratch(stand.project), 'initdb.d')
  const file = join(folder, '10-make.sql')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, 'CREATE TABLE made_by_init AS SELECT 1 AS n;\n')
  chmodSync(folder, 0o755)
  chmodSync(file, mode)
  stand.set({ greenplum: { restart: 'no', volumes: [`${folder}:/docker-entrypoint-initdb.d:ro`], ...more } })
  return { stand, file }
}

/** Runs a fix `docker compose run ...` word by word as a shell would. */
async function asItIsGiven(stand: Stand, command: string): Promise<Answer> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  expect(words.slice(0, 2)).toEqual(['docker', 'compose'])
  return stand.compose(...words.slice(2))
}

/** SIGKILL as soon as the first segment is half made. */
async function cutOffFirstStart(stand: Stand): Promise<void> {
  const since = Date.now()
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  await stand.waitForLog(
    'it begins',
    ({ reason, time }) => reason === 'the start script is running' && Date.parse(time) > since,
  )
  await eventually('a segment is half made', async () => {
    return (await stand.shell('test -s /data/00/primary/gpseg0/pg_hba.conf')).code === 0
  })
  await stand.docker('kill', stand.container)
}

/** The start fails with this exit code; @returns the log */
async function refused(stand: Stand, code = 78): Promise<string> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  const { exitCode } = await stand.untilExited()
  const text = await dockerOk('logs', stand.container)
  if (exitCode !== code) throw new Error(`ended with ${exitCode}, not ${code}: ${text.slice(-3000)}`)
  return text
}
