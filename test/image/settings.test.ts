/** Settings that change after the first start, odd passwords, init scripts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { login } from './beside.ts'
import { realBase } from './setup/base.ts'
import { createStand, deriveImage, hasEngine, scratch } from './stand.ts'

describe.runIf(hasEngine())('settings', () => {
  it('a password changed in .env is noticed and said; GREENPLUM_PASSWORD_SYNC=1 sets it', async () => {
    const stand = await createStand({ environment: { GP_PASSWORD: 'the first one' } })
    await stand.up()
    expect(await login(stand, 'the first one')).toBe('in')
    stand.set({ environment: { GP_PASSWORD: 'another one' } })
    await stand.up()
    const said = await stand.waitForLog('the password', ({ id }) => id === 'database.password')
    expect(said['fix']).toContain('GREENPLUM_PASSWORD_SYNC')
    expect((await stand.status()).findings?.map(({ id }) => id)).toContain('database.password')
    expect(await login(stand, 'the first one')).toBe('in')
    expect(await login(stand, 'another one')).toContain('password authentication failed')
    stand.set({ environment: { GP_PASSWORD: 'another one', GP_PASSWORD_SYNC: '1' } })
    await stand.up()
    expect(await login(stand, 'another one')).toBe('in')
    expect(JSON.stringify(await stand.log('all'))).not.toContain('another one')
  })

  it.each([
    ['quotes', `it's "quoted"`],
    ['a dollar and blanks', 'pa$HOME ${x} word  '],
    ['percent and backslash', String.raw`100%s \n \\`],
    ['wildcards', '* [a-z] ? ~'],
  ])('a password with %s', async (_what, password) => {
    const stand = await createStand({ environment: { GP_PASSWORD: password } })
    await stand.up()
    expect(await login(stand, password)).toBe('in')
    expect(await login(stand, `${password}.`)).toContain('password authentication failed')
    expect(JSON.stringify(await stand.log('all'))).not.toContain(JSON.stringify(password).slice(1, -1))
  })

  it('a password from a file with newlines at its end', async () => {
    const stand = await createStand()
    const folder = join(scratch(stand.project), 'secrets')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'password'), `from a file's end\n\n`)
    stand.set({
      greenplum: {
        environment: { GREENPLUM_PASSWORD: '', GREENPLUM_PASSWORD_FILE: '/run/secrets/password' },
        volumes: [`${folder}:/run/secrets:ro`],
      },
    })
    await stand.up()
    expect(await login(stand, "from a file's end")).toBe('in')
  })

  it('a database name changed in .env: made at the next start, with the extension in it', async () => {
    const stand = await createStand()
    await stand.up()
    stand.set({ environment: { GP_DB: 'Another-DB' } })
    await stand.up()
    expect(await stand.sql("SELECT extversion FROM pg_extension WHERE extname = 'pxf'", 'Another-DB')).toBe(
      '2.1',
    )
    expect(await stand.sql('SELECT 1', 'gp_dwh')).toBe('1')
  })

  it('init scripts of the first start: ready only after them, and once', async () => {
    const stand = await createStand()
    stand.set({ greenplum: { image: await deriveImage(stand, withInitScripts(slowScript)) } })
    await stand.up()
    expect(await stand.sql('SELECT count(*) FROM made_by_init')).toBe('1')
    const log = await stand.log()
    const done = log.findIndex(({ msg }) => msg.includes('Finished executing custom init'))
    expect(done).toBeGreaterThan(0)
    expect(log.findIndex(({ msg }) => msg === 'ready')).toBeGreaterThan(done)
    await stand.stop()
    await stand.start()
    expect(await stand.sql('SELECT count(*) FROM made_by_init')).toBe('1')
  })

  it('a failing init script: not ready, and the reason is said', async () => {
    const stand = await createStand()
    stand.set({ greenplum: { restart: 'no', image: await deriveImage(stand, withInitScripts('exit 3')) } })
    await stand.upFails()
    await stand.untilExited()
    const log = await stand.log()
    expect(log.some(({ msg }) => msg === 'ready')).toBe(false)
    expect(log.some(({ msg }) => msg.includes('/docker-entrypoint-initdb.d/10-make.sh'))).toBe(true)
    expect((await stand.verdict()).reason).toContain('init script')
  })

  it('pg_hba.conf edited while gpinitsystem is at work is lost (negative control); the rule itself is there', async () => {
    const stand = await createStand({ initdb: true })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    const edited = await stand.shell(earlyEdit)
    expect(edited.text).toContain('edited')
    await stand.untilHealthy()
    const { text } = await stand.shell(
      'cat /data/master/gpseg-1/pg_hba.conf; stat -c %a /data/master/gpseg-1/pg_hba.conf',
    )
    expect(text).not.toContain('early')
    expect(text).toMatch(/^host\s+all\s+gpadmin\s+samehost\s+trust/m)
    // As gpinitsystem leaves it: the real one by a temporary file.
    expect(text.trim().split('\n').at(-1)).toBe(realBase === undefined ? '600' : '644')
  })

  it('a session held open in the first start costs the smart timeout and a crash (negative control)', async () => {
    // A real gpstop waits for 120 s, whatever this says.
    const stand = await createStand({
      initdb: true,
      environment: { GP_FAST_START: 'off' },
      greenplum: { environment: { STANDIN_SMART_TIMEOUT: '12' } },
    })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    void stand.shell(heldSession)
    await stand.untilHealthy()
    const held = await stand.log()
    expect(held.some(({ msg }) => msg.includes('Sending SIGQUIT'))).toBe(true)
    await stand.down({ volumes: true })
    await stand.up()
    expect((await stand.log()).some(({ msg }) => msg.includes('Sending SIGQUIT'))).toBe(false)
  })
})

const withInitScripts = (script: string): string => `
FROM gp-supervisor/greenplum:6.27.1
RUN printf '#!/bin/bash\\n%s\\n' '${script.replaceAll("'", `'"'"'`)}' > /docker-entrypoint-initdb.d/10-make.sh \\
    && chmod 755 /docker-entrypoint-initdb.d/10-make.sh
`

const slowScript = `sleep 4; psql -h /tmp -U gpadmin -d gp_dwh -c "CREATE TABLE made_by_init AS SELECT 1 AS n"`

/** As soon as initdb has made the file. */
const earlyEdit = `
  file=/data/master/gpseg-1/pg_hba.conf
  for try in $(seq 600); do [ -s $file ] && break; sleep 0.05; done
  echo 'host all early 127.0.0.1/32 trust' >> $file && echo edited
`

/** From the first moment that the coordinator of the first start lets anybody in. */
const heldSession = `
  source /home/gpadmin/.bashrc
  for try in $(seq 600); do
    gosu gpadmin psql -h /tmp -d postgres -c 'SELECT pg_sleep(300)' 2> /dev/null && break
    sleep 0.05
  done
`
