/**
 * The compose file of a stand with the bash wrapper of before, with nothing but the image exchanged: its own health
 * check, its variables, Docker's grace period of 10 s; on a new volume and on one that the wrapper made.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repository } from './setup/host.ts'
import { baseImage, standImage } from './setup/images.ts'
import { createStand, dockerOk, hasEngine, mustBeProven, mustSucceed, type Stand } from './stand.ts'

const folder = join(repository, 'test/image/look-alikes/older-stand')

describe.runIf(hasEngine())('the compose file of the older stand', () => {
  it('on a new volume: healthy by its own check, for whom waits for that, stopped clean within 10 s', async () => {
    const stand = await createStand(withImage(standImage))
    await stand.compose('up', '--detach', 'greenplum')
    // Negative control: the check can fail.
    expect((await ownCheck(stand)).code).not.toBe(0)
    await stand.up()
    mustSucceed(await ownCheck(stand))
    expect((await stand.status()).phase).toBe('ready')
    const client = await stand.compose('run', '--rm', '--no-TTY', 'scheduler')
    expect(client.text).toContain('extension pxf')
    await stopsClean(stand)
    await stand.compose('start', 'greenplum')
    await stand.untilHealthy()
    await stopsClean(stand)
  })

  it('on a volume that the wrapper made: taken over with everything in it', async () => {
    const stand = await createStand({ control: true })
    const older = `${stand.project}:derived`
    const base = ['--build-arg', `BASE_IMAGE=${baseImage}`]
    await dockerOk('build', '--quiet', '--pull=false', ...base, '--tag', older, folder)
    stand.set(withImage(older))
    await stand.up()
    expect((await stand.shell('tr "\\0" " " < /proc/1/cmdline')).text).toContain('start_gpdb.sh')
    await stand.sql('CREATE TABLE kept AS SELECT 1 AS point')
    // The rule that the wrapper puts in beside a first start may be lost; the one of its second start stays.
    mustSucceed(await stand.compose('restart', '--timeout', '60', 'greenplum'))
    await stand.untilHealthy()
    expect((await stand.shell(rules)).text).toBe('1')
    const before = (await stand.shell(listVolume)).text
    expect(before).not.toContain('.gp-supervisor')
    expect(before).toContain('lib/postgresql-jdbc.jar')
    mustSucceed(await stand.compose('stop', 'greenplum'))

    stand.set(withImage(standImage))
    await stand.up()
    mustSucceed(await ownCheck(stand))
    expect((await stand.status()).phase).toBe('ready')
    expect(await stand.sql('SELECT point FROM kept')).toBe('1')
    const after = (await stand.shell(listVolume)).text
    // What the wrapper made is as it was, to the byte.
    for (const line of before.split('\n')) expect(after).toContain(line)
    expect((await stand.shell(rules)).text).toBe('1')
    await stopsClean(stand)
  })
})

const withImage = (image: string) => ({
  environment: {
    COMPOSE_FILE: join(folder, 'docker-compose.yml'),
    OLDER_STAND_IMAGE: image,
    // Any free port of loopback; that file has no GP_BIND.
    GP_HOST_PORT: '127.0.0.1:',
  },
})

/** Names and sums of the files that the wrapper puts where PXF finds them. */
const listVolume =
  'cd /data/pxf && sha256sum lib/*jdbc* servers/*/* conf/*; ls -d /data/.gp-supervisor 2> /dev/null'
const rules = 'grep -Ec "^host +all +gpadmin +samehost" /data/master/gpseg-1/pg_hba.conf'

/** As Docker runs it. */
async function ownCheck(stand: Stand) {
  const test = await dockerOk(
    'inspect',
    '--format',
    '{{ index .Config.Healthcheck.Test 1 }}',
    stand.container,
  )
  return stand.exec('sh', '-c', test)
}

async function stopsClean(stand: Stand): Promise<void> {
  const begin = Date.now()
  mustSucceed(await stand.compose('stop', 'greenplum'))
  expect(Date.now() - begin).toBeLessThan(10_000)
  mustBeProven(await stand.verdict())
  expect((await stand.state()).exitCode).toBe(0)
}
