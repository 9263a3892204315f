import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { createRig, eventually, type Rig } from './rig.ts'
import { hasProgram } from './prometheus.ts'

const scrape = async (rig: Rig): Promise<string> =>
  (await fetch(`http://127.0.0.1:${rig.standIn.ports.health}/metrics`)).text()

const valueOf = (text: string, sample: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`gp_supervisor_${sample} `))
    ?.split(' ')
    .at(-1)

describe('a full scrape', () => {
  it.skipIf(!hasProgram('promtool'))(
    'passes promtool without a word (skipped without promtool)',
    async () => {
      const rig = await createRig({ STANDIN_PXF_RECORDS: '1000' })
      const run = rig.start()
      await run.answers('/readyz')
      await run.stop()
      await rig.start().answers('/readyz')
      const input = await scrape(rig)
      // Negative control: it complains where there is something.
      const bad = await execa('promtool', ['check', 'metrics'], {
        input: input.replaceAll('_total', '_sum'),
        reject: false,
      })
      expect(bad.stderr).not.toBe('')
      expect(await execa('promtool', ['check', 'metrics'], { input, reject: false })).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: '',
      })
    },
  )

  it('has what the reference names, and nothing else', async () => {
    const rig = await createRig()
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()
    await rig.start().answers('/readyz')
    const text = await scrape(rig)
    const page = await readFile(join(import.meta.dirname, '../../docs/reference/metrics.md'), 'utf8')
    const rows = page.split('\n').filter((line) => /^\| +`/.test(line))
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)(?:\{[^`]*)?`/g)].map(([, name]) => name),
    )
    const scraped = [...text.matchAll(/^# TYPE gp_supervisor_(\w+)/gm)].map(([, name]) => name)
    // What the host is found at fault for differs from machine to machine; the other is of several hosts alone.
    const always = (names: readonly (string | undefined)[]) =>
      new Set([...names, 'findings', 'cluster_servers'])
    expect(always(scraped)).toEqual(always(named))
    expect(valueOf(text, 'last_stop{outcome="clean"}')).toBe('1')
    expect(valueOf(text, 'last_stop_exit_code')).toBe('0')
    expect(valueOf(text, 'pxf_restarts_total')).toBe('0')
    expect(text).toMatch(
      /^gp_supervisor_build_info\{version="\d.*",pxf="6.10.1",image_family="greenplum6"\} 1$/m,
    )
    expect(text.match(/^gp_supervisor_server_up\{.*\} 1$/gm)).toHaveLength(3)
    expect(Number(valueOf(text, 'volume_free_bytes'))).toBeGreaterThan(0)
    expect(Number(valueOf(text, 'volume_free_bytes'))).toBeLessThan(
      Number(valueOf(text, 'volume_size_bytes')),
    )
  })
})

describe('a PXF that hangs', () => {
  it('delays neither a probe nor the rest of the metrics for long', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    expect(await scrape(rig)).toContain('gp_supervisor_pxf_threads 21\n')
    const pxf = rig.processes().pxf ?? 0
    process.kill(pxf, 'SIGSTOP')
    try {
      const order: string[] = []
      const answers = [
        scrape(rig).then((text) => {
          order.push('metrics')
          return text
        }),
        scrape(rig),
        run.probe('/livez').then(() => void order.push('livez')),
      ] as const
      const [text, other] = await Promise.all(answers)
      expect(order).toEqual(['livez', 'metrics'])
      for (const each of [text, other]) {
        expect(each).toContain('gp_supervisor_volume_free_bytes ')
        expect(each).not.toContain('gp_supervisor_pxf_threads')
      }
    } finally {
      process.kill(pxf, 'SIGCONT')
    }
    await eventually('PXF is measured again', async () =>
      (await scrape(rig)).includes('gp_supervisor_pxf_threads 21\n') ? true : undefined,
    )
  })

  it('that was killed counts as one restart', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
    await run.answers('/readyz', 503)
    await run.answers('/readyz')
    const text = await scrape(rig)
    expect(valueOf(text, 'pxf_restarts_total')).toBe('1')
    expect(valueOf(text, 'became_ready_total')).toBe('2')
  })
})
