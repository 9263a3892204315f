/** A first start that adopts a prepared cluster, which an earlier one of the same stand-in made. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRig } from './rig.ts'

describe('x', () => {
  it('y', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    expect(await run.stop()).toBe(0)
    const archive = join(rig.standIn.root, 'state', 'cluster.tar.zst')
    const pack = rig.start({}, { args: ['pack', '--output', archive] })
    const code = await pack.exited
    console.log(code, pack.text())
    for (const name of [
      'master',
      '00',
      '01',
      '.gp-supervisor',
      'gpinitsystem_config',
      'hostfile_gpinitsystem',
      'pxf',
    ])
      rmSync(join(rig.data, name), { recursive: true, force: true })
    const t = performance.now()
    const second = rig.start({ PREPARED_CLUSTER_FILE: archive, GREENPLUM_DATABASE_NAME: 'other' })
    await second.answers('/readyz')
    console.log(performance.now() - t)
    console.log(
      second
        .log()
        .map(({ component, msg }) => `${component} ${msg}`)
        .filter((m) => /prepared|INFO|gpinit|Restart|INFO/.test(m))
        .join('\n'),
    )
    expect(await second.stop()).toBe(0)
  })
})
