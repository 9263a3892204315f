import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import { directoryOf, runProgram } from './fast-start-rig.ts'
import { hasProgram, monitoring, startPrometheus, type Prometheus } from './prometheus.ts'
import { createRig, eventually, killContainer, sleep, type Rig, type Run } from './rig.ts'

const rulesFile = join(monitoring, 'prometheus/rules.yml')
const allAlerts = [...readFileSync(rulesFile, 'utf8').matchAll(/- alert: (\w+)/g)].map(
  ([, name = '']) => name,
)

describe.skipIf(!hasProgram('promtool'))('the rules and their tests', () => {
  it.each([
    ['config', ['check', 'config', 'prometheus.yml']],
    ['rules', ['test', 'rules', 'rules.test.yml']],
  ])('pass promtool (%s)', async (_what, words) => {
    const { exitCode, stdout, stderr } = await execa('promtool', words, {
      cwd: join(monitoring, 'prometheus'),
      reject: false,
    })
    expect(stderr + stdout).not.toContain('FAILED')
    expect(exitCode).toBe(0)
  })
})

const mounts = canMount()

/** Which alerts have fired in the faults below. */
const fired = new Set<string>()
let prometheus: Prometheus

/** The rig of a fault, scraped. */
async function scraped(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ rig: Rig; instance: string }> {
  const rig = await createRig(environment)
  return { rig, instance: prometheus.scrape(rig.standIn.ports.health) }
}

/** Waits until this alert fires. @returns its labels */
async function fires(instance: string, alertname: string, labels: Readonly<Record<string, string>> = {}) {
  const alert = await eventually(`${alertname} fires`, async () =>
    (await prometheus.firing(instance)).find(
      (metric) =>
        metric['alertname'] === alertname &&
        Object.entries(labels).every(([key, value]) => metric[key] === value),
    ),
  )
  fired.add(alertname)
  return alert
}

const namesOf = async (instance: string): Promise<string[]> =>
  [...new Set((await prometheus.firing(instance)).map(({ alertname = '' }) => alertname))].toSorted()

const killPxf = async (rig: Rig, run: Run): Promise<void> => {
  process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
  await run.answers('/readyz', 503)
  await run.answers('/readyz')
}

describe.skipIf(!hasProgram('prometheus'))('a Prometheus that scrapes', () => {
  beforeAll(async () => {
    prometheus = await startPrometheus({ 'startup_seconds > 120': 'startup_seconds > 5' })
  })
  afterAll(() => prometheus.stop())

  it('sees PXF hang, die and run out of heap, and nothing while all is well', async () => {
    const { rig, instance } = await scraped()
    const run = rig.start()
    await run.answers('/readyz')
    await eventually(
      'it is scraped while ready',
      async () =>
        (await prometheus.query(`gp_supervisor_phase{instance="${instance}",phase="ready"} == 1`))[0],
    )
    await sleep(4000)
    // Negative control. What the host is found at fault for differs from machine to machine.
    const quiet = (await namesOf(instance)).filter((name) => !['ErrorFinding', 'SlowStart'].includes(name))
    expect(quiet).toEqual([])

    appendFileSync(join(rig.standIn.layout.state, 'faults.env'), 'STANDIN_PXF_HEAP=0.97\n')
    await fires(instance, 'PxfHeapNearlyFull')
    await killPxf(rig, run)
    await sleep(2000)
    expect(await namesOf(instance)).not.toContain('PxfRestarting')
    await killPxf(rig, run)
    await fires(instance, 'PxfRestarting')
    const pxf = rig.processes().pxf ?? 0
    process.kill(pxf, 'SIGSTOP')
    await fires(instance, 'PxfDown', { component: 'pxf' })
    await fires(instance, 'Degraded')
    process.kill(pxf, 'SIGCONT')
    await eventually(
      'the alerts end',
      async () => !(await namesOf(instance)).includes('PxfDown') || undefined,
    )
    await run.stop()
  })

  it('sees a cluster with a mirror that is down', async () => {
    const { rig, instance } = await scraped({ GREENPLUM_PXF_ENABLE: 'false', GREENPLUM_DEPLOYMENT: 'master' })
    const run = rig.start()
    await run.answers('/readyz')
    const well = `gp_supervisor_cluster_servers{instance="${instance}",state="well"} == 3`
    await eventually('the servers are counted', async () => (await prometheus.query(well))[0])
    expect(await namesOf(instance)).not.toContain('ClusterNotWhole')
    const mirror = '4\t0\tm\tm\tn\td\t7000\tone.invalid\tone.invalid\t/data/00/mirror/gpseg0\n'
    appendFileSync(join(rig.data, 'master/gpseg-1/standin_servers'), mirror)
    await fires(instance, 'ClusterNotWhole')
    await run.stop()
  })

  it('sees the rule lost twice, and a segment that was stopped by hand', async () => {
    const { rig, instance } = await scraped({ GREENPLUM_PXF_ENABLE: 'false' })
    const run = rig.start()
    await run.answers('/readyz')
    const hba = join(rig.data, 'master/gpseg-1/pg_hba.conf')
    const loseRule = async (time: number) => {
      writeFileSync(hba, readFileSync(hba, 'utf8').replaceAll(/^host all gpadmin samehost .*\n/gm, ''))
      const restored = `gp_supervisor_hba_repairs_total{instance="${instance}"} == ${time}`
      await eventually('the rule is restored and seen', async () => (await prometheus.query(restored))[0])
    }
    // What Prometheus has never seen at 0 has not increased.
    const none = `gp_supervisor_hba_repairs_total{instance="${instance}"} == 0`
    await eventually('the counter is seen', async () => (await prometheus.query(none))[0])
    await loseRule(1)
    await sleep(2000)
    expect(await namesOf(instance)).not.toContain('HbaRepairedAgain')
    await loseRule(2)
    await fires(instance, 'HbaRepairedAgain')
    expect(await namesOf(instance)).not.toContain('ServerDown')
    await runProgram(rig, 'pg_ctl', ['stop', '-D', directoryOf(rig, 1), '-w', '-m', 'immediate'])
    await fires(instance, 'ServerDown', { content: '1', role: 'primary' })
    await run.stop()
  })

  it('sees a run that is killed, and one that is killed again and again', async () => {
    const { rig, instance } = await scraped({ GREENPLUM_PXF_ENABLE: 'false' })
    const first = rig.start()
    await first.answers('/readyz')
    await eventually(
      'it is scraped',
      async () => (await prometheus.query(`up{instance="${instance}"} == 1`))[0],
    )
    await killContainer(rig)
    await fires(instance, 'SupervisorGone')
    await rig.start().answers('/readyz')
    await fires(instance, 'LastStopUnclean', { outcome: 'killed' })
    expect(await namesOf(instance)).not.toContain('RestartLoop')
    await killContainer(rig)
    await rig.start().answers('/readyz')
    await fires(instance, 'RestartLoop')
    await killContainer(rig)
  })

  it('sees a start that does not end, and one that took long', async () => {
    const { rig, instance } = await scraped({ STANDIN_PXF_UP_AFTER_S: String(8 / 0.02) })
    const run = rig.start()
    await fires(instance, 'NotReady')
    expect(await namesOf(instance)).not.toContain('SlowStart')
    await run.answers('/readyz')
    await fires(instance, 'SlowStart')
    await run.stop()
  })

  it('sees a component that has failed, and has data for each panel of the dashboard', async () => {
    const { rig, instance } = await scraped({ STANDIN_PXF_RECORDS: '1000' })
    const before = rig.start()
    await before.answers('/readyz')
    await before.stop()
    const seed = join(rig.standIn.root, 'gp-seed')
    mkdirSync(join(seed, 'sql'), { recursive: true })
    writeFileSync(join(seed, 'sql/10-bad.sql'), 'SELECT nonsense;\n')
    const server = join(rig.standIn.layout.seed, 'servers/bad')
    mkdirSync(server, { recursive: true })
    writeFileSync(join(server, 'jdbc-site.xml'), '<configuration>\n')
    const run = rig.start({ GP_SEED_DIR: seed })
    await fires(instance, 'ComponentFailed', { component: 'sql' })
    await fires(instance, 'ErrorFinding', { id: 'seeds.server' })
    await run.answers('/readyz?for=pxf')
    await sleep(3000)
    const dashboard = JSON.parse(
      readFileSync(join(monitoring, 'grafana/dashboards/gp-supervisor.json'), 'utf8'),
    ) as Dashboard
    const [variable] = dashboard.templating.list
    const [, metric = '', label = ''] =
      /^label_values\((\w+), (\w+)\)$/.exec(variable?.query.query ?? '') ?? []
    expect(await prometheus.valuesOf(label, metric)).toContain(instance)
    const filled = (expression: string) =>
      expression
        .replaceAll('$instance', instance)
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$__range', '1h')
    const empty: string[] = []
    for (const { title, targets } of dashboard.panels)
      for (const { expr } of targets)
        if ((await prometheus.query(filled(expr))).length === 0) empty.push(`${title}: ${expr}`)
    expect(empty).toEqual([])
    await run.stop()
  })

  it.skipIf(!mounts)('sees the disk fill (skipped where no file system can be mounted)', async () => {
    const { rig, instance } = await scraped({ GREENPLUM_PXF_ENABLE: 'false' })
    await withSmallVolume(rig, async () => {
      const run = rig.start()
      await run.answers('/readyz')
      await sleep(3000)
      const before = await namesOf(instance)
      expect(before.filter((name) => name.startsWith('Disk'))).toEqual([])
      const leave = async (share: number) => {
        const { bavail, blocks, bsize } = await statfs(rig.data)
        appendFileSync(join(rig.data, 'filling'), Buffer.alloc(Math.floor((bavail - share * blocks) * bsize)))
      }
      await leave(0.4)
      await fires(instance, 'DiskFilling')
      expect(await namesOf(instance)).not.toContain('DiskLow')
      await leave(0.05)
      await fires(instance, 'DiskLow')
      await run.stop()
    })
  })

  it('has seen every alert of the file fire', () => {
    const unseen = allAlerts.filter((name) => !fired.has(name))
    expect(unseen).toEqual(mounts ? [] : ['DiskLow', 'DiskFilling'])
  })
})

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly query: { readonly query: string } }[] }
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

/** A container may not, even as root. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', mountWords(folder)).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

function mountWords(folder: string): string[] {
  // A first start refuses less than 512 MB.
  return ['-t', 'tmpfs', '-o', 'size=640m,mode=0755', 'tmpfs', folder]
}

async function withSmallVolume(rig: Rig, work: () => Promise<void>): Promise<void> {
  execFileSync('mount', mountWords(rig.data))
  try {
    const account = accountToDropTo()
    if (account !== undefined) chownSync(rig.data, account.uid, account.gid)
    await work()
  } finally {
    execFileSync('umount', ['--lazy', rig.data])
  }
}
