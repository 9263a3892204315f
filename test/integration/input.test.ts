/** What a start is given and cannot use: refused before anything is written, in one sentence with what to do. */
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import { createRig, lastErrorOf, type Rig } from './rig.ts'

const isRoot = accountToDropTo() !== undefined

/** Every path on the volume with the moment of its last change. */
const volumeOf = (rig: Rig): string[] =>
  readdirSync(rig.data, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => `${name} ${statSync(join(rig.data, name)).ctimeMs}`)

describe('a first start', () => {
  it('with a database name that the base image cannot make is refused, and nothing is made', async () => {
    const rig = await createRig({ GREENPLUM_DATABASE_NAME: 'my db' })
    const run = rig.start()
    expect(await run.exited).toBe(78)
    expect(lastErrorOf(run)).toBe(
      'exit 78: nothing was running yet; fix this, then start the container again: cannot start here: GREENPLUM_DATABASE_NAME is "my db"; a first start cannot create a database with that name; use letters, digits, _ . and -, with neither . nor - first, and neither postgres nor template1',
    )
    expect(volumeOf(rig)).toEqual([])
  })

  it.runIf(isRoot)('of a user without an account is refused (skipped for a plain user)', async () => {
    const rig = await createRig()
    const run = rig.start({ HOME: '/' }, { account: { uid: 5000, gid: 5000 } })
    expect(await run.exited).toBe(78)
    expect(lastErrorOf(run)).toContain(
      "cannot start here: this container runs as user 5000, which has no account in it: Greenplum's tools require one; do not set --user",
    )
    expect(volumeOf(rig)).toEqual([])
  })

  it.runIf(isRoot)('of root is refused (skipped for a plain user)', async () => {
    const rig = await createRig()
    const run = rig.start({}, { account: { uid: 0, gid: 0 } })
    expect(await run.exited).toBe(78)
    expect(lastErrorOf(run)).toContain(
      "cannot start here: the supervisor runs as root: Greenplum's servers refuse to run as root",
    )
    expect(volumeOf(rig)).toEqual([])
  })
})

describe('a later start', () => {
  it('takes any database name, and refuses the data of another release before it writes', async () => {
    const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()

    const odd = `my "odd" 'db' $HOME`
    const again = rig.start({ GREENPLUM_DATABASE_NAME: odd })
    await again.answers('/readyz')
    expect(await rig.query('SELECT current_database() AS name', odd)).toEqual([{ name: odd }])
    await again.stop()

    writeFileSync(join(rig.data, 'master/gpseg-1/PG_VERSION'), '9.4\n')
    const before = volumeOf(rig)
    const other = rig.start()
    expect(await other.exited).toBe(78)
    expect(lastErrorOf(other)).toMatch(
      /cannot start here: the volume was created by Greenplum 6, but this image has PostgreSQL \d+: neither release can open the data of the other; use an image of Greenplum 6, or give this image a volume of its own/,
    )
    expect(volumeOf(rig)).toEqual(before)
  })
})
