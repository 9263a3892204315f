/**
 * A place that is not good enough: each finding stands in the log and in /status with the line that fixes it, and
 * that very line, put into the compose file, does. What only warns comes up all the same.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inVolume } from './beside.ts'
import { mostOpenFiles } from './setup/host.ts'
import { eventually } from './clock.ts'
import { createStand, deriveImage, hasEngine, scratch, tmpfsVolume, type Stand } from './stand.ts'

describe.runIf(hasEngine())('preflight', () => {
  it('open files, /dev/shm, memory and semaphores: warned of, and gone with the lines that are given', async () => {
    const poor = {
      ulimits: { nofile: 1024 },
      shm_size: '64m',
      mem_limit: '1g',
      // Fewer than the 116 sets that a first start of Greenplum 6 takes would end it.
      sysctls: { 'kernel.sem': '250 32000 32 120' },
    }
    const ids = ['place.memory', 'place.shared-memory', 'place.open-files', 'place.semaphores']
    const stand = await createStand({ greenplum: poor })
    await stand.up()
    expect(await warnings(stand)).toEqual({
      'place.memory': [
        'in the compose file: mem_limit: 2g, or set a smaller -Xmx in PXF_JVM_OPTS (if $PXF_BASE/conf/pxf-env.sh exists, in that file)',
      ],
      'place.shared-memory': ['in the compose file: shm_size: 1gb'],
      'place.open-files': ['in the compose file: ulimits: { nofile: 65536 }'],
      'place.semaphores': ['in the compose file: sysctls: { kernel.sem: "500 1024000 200 4096" }'],
    })
    // Without the right to raise it, the engine cannot give what is asked for.
    const allowed =
      Number(await mostOpenFiles()) >= 65_535 ? ids : ids.filter((id) => id !== 'place.open-files')
    const given = await warnings(stand)
    stand.set({ greenplum: poor, lines: allowed.map((id) => composeLine(given[id])) })
    await stand.up()
    expect(Object.keys(await warnings(stand))).toEqual(ids.filter((id) => !allowed.includes(id)))
  })

  it('semaphores for not even one server: refused; with the line that is given it starts', async () => {
    const poor = { restart: 'no', sysctls: { 'kernel.sem': '16 32000 32 128' } }
    const stand = await createStand({ greenplum: poor })
    const fix = await refusedBecause(stand, 'place.semaphores')
    expect(fix).toContain('kernel.sem')
    stand.set({ greenplum: poor, lines: [composeLine([fix])] })
    await stand.up()
  })

  it('a user without an account: refused with one sentence; without it, it starts', async () => {
    const stand = await createStand({ greenplum: { restart: 'no', user: '5000' } })
    expect(await refusedBecause(stand, 'place.account')).toContain(
      'do not set --user (in the compose file: user:)',
    )
    const last = (await stand.log()).at(-1)
    expect(last?.level).toBe('error')
    expect(last?.msg).toContain(
      'exit 78: nothing was running yet; fix this, then start the container again: ',
    )
    expect(last?.msg).toContain('this container runs as user 5000, which has no account in it')
    // But for the folder of PXF, which the base image brings.
    expect(await inVolume(stand, 'ls -A /data | grep -vx pxf; find /data -type f')).toBe('')
    stand.set({})
    await stand.up()
  })

  it('the volume of another release: refused before anything is written', async () => {
    const stand = await createStand({ greenplum: { restart: 'no' } })
    await stand.up()
    await stand.down()
    const file = '/data/master/gpseg-1/PG_VERSION'
    const own = await inVolume(stand, `cat ${file}`)
    const [other, version] = own.startsWith('9.4') ? ['Greenplum 7', '12'] : ['Greenplum 6', '9.4']
    await inVolume(stand, `cp ${file} /data/own; sleep 0.1; echo ${version} > ${file}`)
    expect(await refusedBecause(stand, 'place.release')).toContain(`use an image of ${other}`)
    expect((await stand.log()).at(-1)?.msg).toContain(
      `the volume was created by ${other}, but this image has`,
    )
    expect(await inVolume(stand, `find /data -newer ${file}; cat /data/own > ${file}`)).toBe('')
    await stand.up()
  })

  it('no Java: PXF does not start, the database does; without PXF it is ready', async () => {
    const stand = await createStand()
    const home = await javaHome(stand)
    const volumes = [`${folderOf(stand, 'no-java')}:${home}:ro`]
    stand.set({ greenplum: { volumes } })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    const { text, fix } = await stand.waitForLog('Java', ({ id }) => id === 'place.java')
    expect(text).toContain(`there is no ${home}/bin/java`)
    await eventually('the database is ready alone', async () => {
      const { gpdb, pxf } = (await stand.status()).components
      return gpdb.state === 'ready' && pxf.state !== 'ready'
    })
    expect(await warnings(stand)).toHaveProperty(['place.java'])
    const line = String(fix).split('disable PXF: in the compose file: ').at(-1)
    stand.set({ greenplum: { volumes }, lines: [`environment: { ${line} }`] })
    await stand.up()
    expect(await warnings(stand)).not.toHaveProperty(['place.java'])
  })

  it('a Java that PXF does not know: said, and tried', async () => {
    const stand = await createStand()
    const release = join(folderOf(stand, 'new-java'), 'release')
    writeFileSync(release, 'JAVA_VERSION="99.0.1"\n')
    stand.set({ greenplum: { volumes: [`${release}:${await javaHome(stand)}/release:ro`] } })
    await stand.up()
    const said = (await stand.status()).findings?.find(({ id }) => id === 'place.java')
    expect(said?.text).toBe('the Java version is 99')
    expect(said?.cause).toBe('PXF supports 8, 11, 17, 21')
    expect(said?.fix).toContain('use a base image with PXF and its Java')
    expect((await stand.status()).components.pxf.state).toBe('ready')
  })

  it('little room on the disk: said, and it starts', async () => {
    const stand = await createStand({ more: { volumes: { greenplum_data: tmpfsVolume('900m') } } })
    await stand.up()
    expect((await warnings(stand))['place.disk']?.[0]).toContain('make room on the disk of /data')
  })

  it('another host name under which the old one still leads here: refused; with a key to it said, and it starts', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.down()
    // Otherwise the entrypoint makes the old name an alias.
    const hosts = join(scratch(stand.project), 'hosts')
    writeFileSync(hosts, '127.0.0.1 localhost renamed\n')
    const renamed = {
      hostname: 'renamed',
      networks: { default: { aliases: ['gpdbsne'] } },
      volumes: [`${hosts}:/etc/hosts:ro`],
    }
    stand.set({ greenplum: { ...renamed, restart: 'no' } })
    expect(await refusedBecause(stand, 'place.hostname')).toBe('in the compose file: hostname: gpdbsne')
    const greenplum = { ...renamed, image: await deriveImage(stand, withOwnKey) }
    stand.set({ greenplum })
    await stand.up()
    const given = await warnings(stand)
    expect(given['place.hostname']).toEqual(['in the compose file: hostname: gpdbsne'])
    stand.set({ greenplum, lines: [composeLine(given['place.hostname'])] })
    await stand.up()
    expect(await warnings(stand)).not.toHaveProperty(['place.hostname'])
  })

  it('a read-only mount below the data: said, and it starts', async () => {
    const stand = await createStand()
    const path = '/data/pxf/servers/mine'
    stand.set({ greenplum: { volumes: [`${folderOf(stand, 'mine')}:${path}:ro`] } })
    await stand.up()
    expect((await warnings(stand))['place.read-only']).toEqual([
      `in the compose file, remove ":ro" from the volume of ${path}`,
    ])
  })
})

/** Greenplum's tools may log in to this host, as in a cluster of several hosts. */
const withOwnKey = `
FROM gp-supervisor/greenplum:6.27.1
RUN cd /home/gpadmin \\
    && mkdir -p -m 700 .ssh \\
    && { [ -f .ssh/id_rsa ] || ssh-keygen -q -t rsa -N '' -f .ssh/id_rsa; } \\
    && cp .ssh/id_rsa.pub .ssh/authorized_keys \\
    && chown -R gpadmin:gpadmin .ssh
`

/** Where the base image has its JDK. */
const javaHome = async (stand: Stand): Promise<string> =>
  (await inVolume(stand, 'source /home/gpadmin/.bashrc && echo "$JAVA_HOME"')).trim()

function folderOf(stand: Stand, name: string): string {
  const folder = join(scratch(stand.project), name)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  return folder
}

/** The fixes in /status by their finding; the log has to have the same. */
async function warnings(stand: Stand): Promise<Record<string, string[]>> {
  const found = (await stand.status()).findings ?? []
  const logged = (await stand.log()).filter(({ msg }) => msg === 'finding')
  expect(
    logged.map(({ id, severity, text, cause, fix, where }) => ({ id, severity, text, cause, fix, where })),
  ).toEqual(found)
  const ids = [...new Set(found.map(({ id }) => id))]
  return Object.fromEntries(
    ids.map((id) => [id, found.filter((finding) => finding.id === id).map(({ fix }) => fix)]),
  )
}

/** The line for the compose file that a finding gives. */
function composeLine(fixes: readonly string[] | undefined): string {
  const line = /^in the compose file: (.+?)(?:, or .*)?$/.exec(fixes?.[0] ?? '')?.[1]
  if (line === undefined) throw new Error(`no line for the compose file: ${JSON.stringify(fixes)}`)
  return line
}

/** @returns the fix; there is no /status any more, the log has to say it */
async function refusedBecause(stand: Stand, id: string): Promise<string> {
  await stand.compose('up', '--detach', '--no-build', 'greenplum')
  expect((await stand.untilExited()).exitCode).toBe(78)
  const found = (await stand.log()).find((record) => record['id'] === id)
  expect(found?.level).toBe('error')
  return String(found?.['fix'])
}
