/**
 * The coordinator of several hosts. The stand-in has its own servers only; those of other hosts are rows that the test
 * writes into the catalog, so nothing is recovered here, and what is reported is real.
 */
import { appendFile, chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describedLines, parseDescription } from '../../src/cluster/host-description.ts'
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

const mirrorUp = '4\t0\tm\tm\ts\tu\t7000\ttwo.invalid\ttwo.invalid\t/data/00/mirror/gpseg0\n'

/** Another host, at the end of an ssh that answers what the test writes into a file. */
async function withOtherHost(rig: Rig): Promise<{ answer: string; asked: string }> {
  const { gphome, home } = rig.standIn.layout
  const [answer, asked] = [join(home, 'answer'), join(home, 'asked')]
  const ssh = join(gphome, 'bin/ssh')
  await writeFile(
    ssh,
    `#!/bin/bash\nprintf '%s\\n' "$*" >> ${asked}\nif [ -s ${answer} ]; then cat ${answer}; else echo 'bash: gp-supervisor: command not found' >&2; exit 127; fi\n`,
  )
  await chmod(ssh, 0o755)
  return { answer, asked }
}

it('warns of a host with another image, by its name and in what it differs', async () => {
  const { rig, run } = await startedRig({})
  const { answer, asked } = await withOtherHost(rig)
  const describe = rig.start(role, { args: ['describe-host'] })
  expect(await describe.exited).toBe(0)
  const own = parseDescription(describe.text())
  if (own === undefined) throw new Error(describe.text())
  const [lacking = 'none', ...others] = Object.keys(own.files)
  expect(lacking).toMatch(/^\//)
  const files = Object.fromEntries(others.map((path) => [path, own.files[path] ?? '']))
  expect(await run.stop()).toBe(0)

  const started = async (content: string) => {
    await writeFile(answer, content)
    const again = rig.start(role)
    await again.answers('/readyz')
    await appendFile(catalogOf(rig), mirrorUp)
    return again
  }
  const differs = await started(`Warning: a line of ssh\n${describedLines({ ...own, files }).join('\n')}\n`)
  expect(await troubled(differs)).toMatchObject({
    id: 'database.hosts-differ',
    text: `not all hosts have the image of the coordinator: two.invalid: it lacks ${lacking}`,
    where: 'two.invalid',
  })
  expect(await differs.answers('/readyz')).toMatchObject({ ok: true, warnings: [{ component: 'cluster' }] })
  expect(await readFile(asked, 'utf8')).toMatch(/two\.invalid .*gp-supervisor describe-host$/m)
  expect(await differs.stop()).toBe(0)
})
