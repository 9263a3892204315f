/** A standby that becomes the coordinator, and the former coordinator, which does not start beside it. */
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { directoryOf, initializedRig } from './fast-start-rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = await initializedRig()
})

const place = () => directoryOf(rig, -1)
const role = (deployment: string, peer = 'gone.invalid') => ({
  GREENPLUM_DEPLOYMENT: deployment,
  GREENPLUM_PXF_ENABLE: 'false',
  CLUSTER_COORDINATOR_HOSTS: `${peer},${hostname()}`,
})
const roleFile = () => join(rig.data, '.gp-supervisor/role.json')
const program = async (name: string, script: string) => {
  const path = join(rig.standIn.layout.gphome, 'bin', name)
  await writeFile(path, `#!/bin/bash\n${script}\n`)
  await chmod(path, 0o755)
}

async function promote(...words: string[]): Promise<{ code: number; text: string }> {
  const run = rig.start(role('standby'), { args: ['promote', ...words] })
  return { code: await run.exited, text: run.text() }
}

describe('promote', () => {
  it('refuses what may be behind; forced, it changes nothing where gpactivatestandby fails, and is finished later', async () => {
    // The volume of a standby has none.
    await rm(join(rig.data, '.gp-supervisor/volume.json'), { force: true })
    await writeFile(join(place(), 'standby.signal'), '')
    const refused = await promote()
    expect(refused.code).toBe(78)
    expect(refused.text).toContain(
      `the standby in ${place()} does not run, so it may be behind; with --force it is promoted as it is`,
    )

    await program('gpactivatestandby', `echo "no: $* on port $PGPORT"; exit 1`)
    const failed = await promote('--force')
    expect(failed.code).toBe(78)
    expect(failed.text).toContain(`no: -a -d ${place()} -f on port 5432`)
    await expect(readFile(roleFile())).rejects.toThrow('ENOENT')

    await program('gpactivatestandby', `rm ${join(place(), 'standby.signal')}`)
    const done = await promote('--force')
    expect(done.code).toBe(0)
    expect(done.text).toMatch(/Restart this container, so that it works as one: docker compose restart /)
    expect(JSON.parse(await readFile(roleFile(), 'utf8'))).toMatchObject({ deployment: 'master', term: 2 })

    expect(JSON.parse(await readFile(join(rig.data, '.gp-supervisor/volume.json'), 'utf8'))).toMatchObject({
      state: 'initialized',
    })

    // From now on this host is the coordinator, whatever its variable says.
    const run = rig.start(role('standby'))
    await run.answers('/readyz')
    const { components } = await run.status()
    expect(components.cluster.finding).toMatchObject({
      text: expect.stringContaining('the standby on gone.invalid does not exist yet') as string,
    })
    expect(components.hba.state).toBe('ready')
    expect(await run.stop()).toBe(0)
    expect((await promote()).text).toContain('this host is a master; run this on the host of the standby')
  })
})

describe.skipIf(process.getuid?.() !== 0)('a coordinator that comes back', () => {
  const peer = '127.0.0.2'
  let listener: Server
  beforeEach(async () => {
    listener = createServer((socket) => socket.destroy())
    // Whoever listens there already does as well.
    await new Promise<void>((resolve) => {
      listener.once('listening', resolve).once('error', () => resolve())
      listener.listen(22, peer)
    })
  })
  afterEach(() => new Promise((resolve) => void listener.close(resolve)))

  const described = (more: object) =>
    JSON.stringify({
      supervisor: '0.1.0',
      greenplum: '6',
      pxf: 'none',
      term: 1,
      coordinator: 'none',
      lines: 0,
      ...more,
    })
  const answerWith = (more: object) => program('ssh', `echo '${described(more)}'`)

  it('starts where the standby only follows', async () => {
    await answerWith({})
    const run = rig.start(role('master', peer))
    await run.answers('/readyz')
    expect(await run.stop()).toBe(0)
  })

  it('becomes the standby of one that was promoted; its data is kept', async () => {
    await answerWith({ promoted: 'master', term: 2 })
    const run = rig.start(role('master', peer))
    expect(await run.exited).toBe(78)
    expect(run.log().at(-1)?.msg).toContain(
      `the standby on ${peer} was promoted: the coordinator is there now`,
    )
    const kept = (await readdir(join(rig.data, '.gp-supervisor'))).filter((name) =>
      name.startsWith('replaced-'),
    )
    expect(kept).toHaveLength(1)
    expect(await readdir(join(rig.data, '.gp-supervisor', kept[0] ?? '', 'global'))).toContain('pg_control')
    expect(JSON.parse(await readFile(roleFile(), 'utf8'))).toMatchObject({ deployment: 'standby', term: 2 })
    expect(await readdir(join(rig.data, 'master'))).toEqual([])
  })

  it('with CLUSTER_RECOVERY=report only says so', async () => {
    await answerWith({ promoted: 'master', term: 2 })
    const run = rig.start({ ...role('master', peer), CLUSTER_RECOVERY: 'report' })
    expect(await run.exited).toBe(78)
    expect(await readdir(join(place(), 'global'))).toContain('pg_control')
    await expect(readFile(roleFile())).rejects.toThrow('ENOENT')
  })

  it('does not start beside a host that is there and says nothing', async () => {
    await program('ssh', 'echo Permission denied >&2; exit 255')
    const run = rig.start(role('master', peer))
    expect(await run.exited).toBe(78)
    expect(run.log().at(-1)?.msg).toContain(
      `${peer} is there, but does not say whether it has the coordinator`,
    )
  })

  it('does not start beside one that was promoted by hand', async () => {
    await answerWith({ coordinator: 'stopped' })
    const run = rig.start(role('master', peer))
    expect(await run.exited).toBe(78)
    expect(run.log().at(-1)?.msg).toContain(`run gp-supervisor promote on ${peer}`)
    expect(await readdir(place())).not.toContain('postmaster.pid')
  })
})

describe('the place of a new standby', () => {
  const prepare = async (...words: string[]) => {
    const run = rig.start(role('standby'), { args: ['prepare-standby', ...words] })
    return { code: await run.exited, text: run.text() }
  }

  it('is made free while the supervisor runs there, and never where a coordinator has its data', async () => {
    expect((await prepare('1')).text).toContain('no supervisor responds on this host')
    // As on a host that waits.
    const script = join(rig.standIn.root, 'segment.sh')
    await writeFile(script, '#!/bin/bash\nwhile :; do sleep 1; done\n')
    await chmod(script, 0o755)
    const run = rig.start({ ...role('standby'), START_SCRIPT: script })
    await run.answers('/livez')
    expect(await prepare('1')).toMatchObject({
      code: 1,
      text: expect.stringContaining('it has the data of a coordinator, not of a standby') as string,
    })
    await writeFile(join(place(), 'standby.signal'), '')
    expect(await prepare('3')).toMatchObject({ code: 0 })
    expect(await readdir(join(rig.data, 'master'))).toEqual([])
    expect(JSON.parse(await readFile(roleFile(), 'utf8'))).toMatchObject({ deployment: 'standby', term: 3 })
    await mkdir(place(), { recursive: true })
    await rm(roleFile())
    expect(await prepare('x')).toMatchObject({ code: 64 })
    await run.stop()
  })
})
