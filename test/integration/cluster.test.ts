/**
 * The coordinator of several hosts. The stand-in has its own servers only; those of other hosts are rows that the test
 * writes into the catalog, so nothing is recovered here, and what is reported is real.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createRig, eventually, type Rig, type Run } from './rig.ts'

const role = { GREENPLUM_DEPLOYMENT: 'master', GREENPLUM_PXF_ENABLE: 'false' }
const catalogOf = ({ data }: Rig): string => join(data, 'master/gpseg-1/standin_servers')
const mirrorDown = '4\t0\tm\tm\tn\td\t7000\tone.invalid\tone.invalid\t/data/00/mirror/gpseg0\n'

async function startedRig(policy: Readonly<Record<string, string>>): Promise<{ rig: Rig; run: Run }> {
  const rig = await createRig()
  const run = rig.start({ ...role, ...policy })
  await run.answers('/readyz')
  expect((await run.status()).components.cluster).toMatchObject({ state: 'ready', reason: '' })
  return { rig, run }
}

const troubled = (run: Run) =>
  eventually('the trouble is reported', async () => (await run.status()).components.cluster.finding)

it('serves with a mirror down, with a warning that names it, and says when it is whole again', async () => {
  const { rig, run } = await startedRig({ CLUSTER_RECOVERY: 'auto' })
  const whole = await readFile(catalogOf(rig), 'utf8')
  await appendFile(catalogOf(rig), mirrorDown)
  const finding = await troubled(run)
  expect(finding).toMatchObject({
    id: 'database.cluster',
    severity: 'warning',
    text: 'the cluster serves, but it is not whole: content 0 on one.invalid:7000 is down (mirror, not in sync)',
    fix: 'start the host one.invalid; nothing answers there',
    where: 'one.invalid',
  })
  const { ok, warnings } = await run.answers('/readyz')
  expect({ ok, warnings }).toMatchObject({ ok: true, warnings: [{ component: 'cluster', state: 'ready' }] })
  await writeFile(catalogOf(rig), whole)
  await eventually('it is whole', () => run.log().some(({ msg }) => msg === 'the cluster is whole again'))
  expect(await run.answers('/readyz')).not.toHaveProperty('warnings')
  expect(await run.stop()).toBe(0)
})

it('is not ready with a mirror down where it has to be whole', async () => {
  const { rig, run } = await startedRig({ CLUSTER_READY: 'whole' })
  await appendFile(catalogOf(rig), mirrorDown)
  await troubled(run)
  const { reasons } = await run.answers('/readyz', 503)
  expect(reasons).toMatchObject([
    {
      component: 'cluster',
      state: 'failed',
      reason: expect.stringContaining('content 0 on one.invalid:7000 is down') as string,
    },
  ])
  expect(await run.stop()).toBe(0)
})
