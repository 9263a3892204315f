/** The demo environment under compose.hardened.yml, and what is said where a part of it is missing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { login } from './beside.ts'
import { realBase } from './setup/base.ts'
import { createStand, hasEngine, mustBeProven, mustSucceed, scratch } from './stand.ts'

/** Where the stand-in keeps what the real image needs no place for. */
const standInState = realBase === undefined ? ['/var/lib/stand-in'] : []

describe.runIf(hasEngine())('hardened', () => {
  it('without root, capabilities and a root file system to write: first start, stop, later start, SIGKILL', async () => {
    const stand = await createStand()
    // As users do: `make gp-psql` need not become the administrator here. The psql of the stand-in looks for the socket
    // in /run, which is hidden.
    const sql = (text: string) => stand.make('-s', 'gp-psql', `ARGS=-h /tmp -XqAtc "${text}"`)
    const file = join(scratch(stand.project), 'greenplum_password')
    writeFileSync(file, 'from a file\n', { mode: 0o644 })
    stand.set({
      files: ['docker-compose.yml', 'compose.hardened.yml'],
      environment: { GP_PASSWORD_FILE: file },
      greenplum: { volumes: standInState },
    })
    await stand.up()
    const { text } = await stand.docker('exec', stand.container, 'cat', '/proc/1/status')
    expect(text).toMatch(/^Uid:\s+1001\s/m)
    for (const set of ['Prm', 'Eff', 'Bnd', 'Amb'])
      expect(text).toMatch(new RegExp(`^Cap${set}:\\s+0+$`, 'm'))
    expect(text).toMatch(/^NoNewPrivs:\s+1$/m)
    expect((await stand.shell('touch /usr/local/it')).text).toContain('Read-only file system')
    expect((await stand.shell('tr "\\0" "\\n" < /proc/1/environ')).text).not.toContain('from a file')
    expect(await login(stand, 'from a file')).toBe('in')
    expect((await stand.status()).findings?.map(({ id }) => id)).toContain('place.not-by-root')
    mustSucceed(await sql('CREATE TABLE kept AS SELECT 7 AS n'))

    mustBeProven(await stand.stop())
    await stand.start()
    expect((await sql('SELECT n FROM kept')).text.trim()).toBe('7')
    const since = Date.now()
    await stand.docker('kill', stand.container)
    await stand.docker('start', stand.container)
    await stand.untilReady(since)
    expect((await sql('SELECT n FROM kept')).text.trim()).toBe('7')
    const fast = (await stand.log('all')).filter(({ msg }) => msg.startsWith('fast start: 3 servers started'))
    expect(fast).toHaveLength(3)
    mustBeProven(await stand.stop())
  })

  it('a read-only root file system alone is refused, with the mounts that are missing', async () => {
    const stand = await createStand({
      greenplum: { read_only: true, tmpfs: ['/run'], restart: 'no' },
      control: true,
    })
    await stand.upFails('greenplum')
    expect((await stand.untilExited()).exitCode).toBe(78)
    const said = (await stand.log()).filter(({ id }) => id === 'place.unwritable')
    expect(said.map(({ text, fix }) => [text, fix])).toEqual([
      [
        '/home/gpadmin cannot be written',
        'in the compose file: volumes: - /home/gpadmin (Docker fills it from the image)',
      ],
      ['/tmp cannot be written', 'in the compose file: tmpfs: - /tmp'],
    ])
  })
})
