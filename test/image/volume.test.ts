/** Volumes and names that cannot be used, or not like this: the error says which line mends it. */
import { describe, expect, it } from 'vitest'
import { createStand, dockerOk, hasEngine, mustBeProven, mustSucceed, type Stand } from './stand.ts'

describe.runIf(hasEngine())('volume', () => {
  it('a second container on the same volume is refused with exit 73, the first undisturbed', async () => {
    const stand = await createStand()
    await stand.up()
    const begun = await stand.sql('SELECT pg_postmaster_start_time()')
    const second = await stand.compose('run', '--rm', '--no-deps', '--no-TTY', 'greenplum')
    expect(second.code).toBe(73)
    expect(second.text).toContain('another container is running on it')
    expect(await stand.sql('SELECT pg_postmaster_start_time()')).toBe(begun)
    mustSucceed(await stand.exec('gp-healthcheck'))
    mustBeProven(await stand.stop())
  })

  it('another hostname: refused before anything runs, with the line that mends it; mended, it starts', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.down()
    stand.set({ greenplum: { hostname: 'renamed', restart: 'no' } })
    const said = await refused(stand)
    expect(said).toContain('hostname: gpdbsne')
    expect(said).toContain('renamed')
    stand.set({})
    await stand.up()
  })

  it('read-only: refused, and the error names the volume', async () => {
    const stand = await createStand({
      greenplum: {
        restart: 'no',
        // The entrypoint would end in its chown before us; this is what we say when it does not.
        ...withoutEntrypoint,
        volumes: ['greenplum_data:/data:ro'],
      },
    })
    expect(await refused(stand, 78)).toMatch(/\/data.*read-only|read-only.*\/data/s)
  })

  it('full: refused before the first start, with what is needed', async () => {
    const stand = await createStand({
      greenplum: { restart: 'no' },
      more: { volumes: { greenplum_data: tmpfs('20m') } },
    })
    expect(await refused(stand, 78)).toMatch(/free/)
  })

  it('another owner: the error says whose it is and how to give it back', async () => {
    const stand = await createStand({ greenplum: { restart: 'no', ...withoutEntrypoint } })
    // An empty volume would get the owner of the image's folder again.
    const away = [
      '--user',
      'root',
      '--entrypoint',
      'bash',
      'greenplum',
      '-c',
      'touch /data/mine; chown 0:0 /data',
    ]
    mustSucceed(await stand.compose('run', '--rm', '--no-deps', '--no-TTY', ...away))
    const said = await refused(stand, 78)
    expect(said).toContain('/data')
    expect(said).toContain('chown')
  })

  it('a folder mounted read-only below the init scripts: what the entrypoint makes of it is known', async () => {
    const stand = await createStand({
      greenplum: { restart: 'no', volumes: ['./sql:/docker-entrypoint-initdb.d:ro'] },
    })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    const { exitCode } = await stand.untilExited(20_000)
    const { text } = await stand.docker('logs', stand.container)
    // The base image's own chown ends the container before the supervisor exists; docs/stand.md says so.
    expect(exitCode).toBe(1)
    expect(text).toContain('Read-only file system')
  })
})

/** As gpadmin straight away, without the base image's mending of owners. */
const withoutEntrypoint = {
  user: 'gpadmin',
  entrypoint: ['tini', '-s', '--'],
  command: ['gp-supervisor', 'run'],
}

const tmpfs = (size: string) => ({
  driver: 'local',
  driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `size=${size}` },
})

/** The start fails with this exit code; @returns the log */
async function refused(stand: Stand, code = 78): Promise<string> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  const { exitCode } = await stand.untilExited(30_000)
  const text = await dockerOk('logs', stand.container)
  if (exitCode !== code) throw new Error(`ended with ${exitCode}, not ${code}: ${text.slice(-3000)}`)
  return text
}
