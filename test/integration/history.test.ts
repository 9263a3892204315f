/** The history of runs on the volume: stopped, killed, running, and what the command says in each case. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Run as PastRun } from '../../src/history/run.ts'
import { createRig, eventually, killContainer, type Rig } from './rig.ts'

async function command(rig: Rig, ...words: string[]): Promise<{ code: number; text: string }> {
  const run = rig.start({}, { args: ['history', ...words] })
  return { code: await run.exited, text: run.text() }
}

async function runsOf(rig: Rig): Promise<readonly PastRun[]> {
  const { code, text } = await command(rig, '--json')
  expect(code).toBe(0)
  return (JSON.parse(text) as { runs: readonly PastRun[] }).runs
}

async function mustBe(rig: Rig, lines: readonly RegExp[]): Promise<void> {
  const { code, text } = await command(rig)
  expect(code).toBe(0)
  const rows = text.trimEnd().split('\n').slice(1)
  expect(rows).toHaveLength(lines.length)
  for (const [index, line] of lines.entries()) expect(rows[index]).toMatch(line)
}

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
const row = (rest: string) => new RegExp(`^${time} +${rest.replaceAll('TIME', time)}$`)

it('says of a stopped, a killed and a running one what it was, with and without a supervisor', async () => {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  expect(await command(rig)).toEqual({ code: 0, text: 'no runs are recorded\n' })
  const first = rig.start()
  await first.answers('/readyz')
  await mustBe(rig, [row(String.raw`first, gpinitsystem +\d+\.\d s +running +- +- +-`)])
  expect(await first.stop()).toBe(0)
  const stopped = String.raw`first, gpinitsystem +\d+\.\d s +TIME +0 +yes +SIGTERM`
  await mustBe(rig, [row(stopped)])

  const second = rig.start({ GREENPLUM_FAST_START: 'off' })
  await second.answers('/readyz')
  await eventually('that is on the volume', async () =>
    (await rig.file('.gp-supervisor/history.json')).includes('"later-gpstart","readyMs"'),
  )
  await killContainer(rig)
  const killed = String.raw`later, gpstart +\d+\.\d s +killed +- +no +kill -9, out of memory, or a power failure`
  await mustBe(rig, [row(killed), row(stopped)])

  const third = rig.start()
  await third.answers('/readyz')
  await eventually('the kind of start is known', async () => (await third.status()).start !== undefined)
  await mustBe(rig, [row(String.raw`later, fast +\d+\.\d s +running +- +- +-`), row(killed), row(stopped)])

  const runs = await runsOf(rig)
  expect(await (await fetch(`http://127.0.0.1:${rig.standIn.ports.health}/history`)).json()).toEqual({ runs })
  expect(runs).toMatchObject([
    { image: 'greenplum6', start: 'later-fast', phases: [] },
    { start: 'later-gpstart', end: { how: 'killed' } },
    {
      start: 'first-gpinitsystem',
      end: { how: 'stopped', reason: 'SIGTERM', exitCode: 0, proven: true, phase: 'ready' },
    },
  ])
  const [present] = runs
  const { timeline, startedAt } = await third.status()
  expect(present?.startedAt).toBe(startedAt)
  expect(present?.stages).toEqual(
    timeline
      .slice(0, timeline.findIndex(({ event }) => event === 'ready') + 1)
      .map(({ event, ms }) => ({ event, ms })),
  )
  expect(present?.versions).toMatchObject({ supervisor: '0.1.0', greenplum: expect.any(String) as string })
  expect(await third.stop('SIGINT')).toBe(0)
  const [last] = await runsOf(rig)
  expect(last).toMatchObject({ start: 'later-fast', end: { reason: 'SIGINT', exitCode: 0, proven: true } })
  expect(JSON.stringify(runs)).not.toContain(rig.standIn.environment['GREENPLUM_PASSWORD'])
})

it('has the run that was refused after the volume was locked, with its reason', async () => {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const first = rig.start()
  await first.answers('/readyz')
  expect(await first.stop()).toBe(0)
  await rename(join(rig.data, 'master'), join(rig.standIn.root, 'away'))
  expect(await rig.start().exited).toBe(78)
  expect((await runsOf(rig))[0]).toMatchObject({
    end: { exitCode: 78, proven: true, reason: expect.stringContaining('cannot use the volume') as string },
  })
  await mustBe(rig, [/ -  +never +\S+ +78 +yes +cannot use the volume: /, /first, gpinitsystem/])
})

it('delays and ends nothing where it cannot be kept, and says why', async () => {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const folder = join(rig.data, '.gp-supervisor')
  const first = rig.start()
  await first.answers('/readyz')
  expect(await first.stop()).toBe(0)
  await writeFile(join(folder, 'history.json'), 'no history')
  expect(await command(rig)).toEqual({
    code: 1,
    text: expect.stringMatching(/^cannot read \/\S+\/history\.json: it is not JSON$/m) as string,
  })
  const run = rig.start()
  await run.answers('/livez')
  await eventually('it is moved aside, and a new one is there', () =>
    rig.file('.gp-supervisor/history.json').then(
      (text) => text.includes('startedAt'),
      () => false,
    ),
  )
  const { findings } = await run.status()
  expect(findings?.find(({ id }) => id === 'history.unreadable')?.severity).toBe('warning')
  // Again and again, until it comes between two writes.
  await eventually('a folder is in its place', async () => {
    await rm(join(folder, 'history.json'), { force: true })
    return mkdir(join(folder, 'history.json/full'), { recursive: true }).catch(() => undefined)
  })
  await run.answers('/readyz')
  expect(await run.stop()).toBe(0)
  const warned = run
    .log()
    .filter(({ msg }) => msg === 'the history of runs could not be written to the volume')
  expect(warned).toMatchObject([
    { level: 'warn', reason: expect.stringContaining('a directory is in its place; move it away') as string },
  ])
})

it('tells that a start was slow against the median of its own past, and by which stage', async () => {
  const rig = await createRig()
  const first = rig.start()
  await first.answers('/readyz')
  expect(await first.stop()).toBe(0)
  const usual = rig.start()
  await usual.answers('/readyz')
  await eventually('the kind of start is known', async () => (await usual.status()).start !== undefined)
  expect(await usual.stop()).toBe(0)
  const { runs } = JSON.parse(await rig.file('.gp-supervisor/history.json')) as { runs: PastRun[] }
  const history = {
    version: 1,
    runs: [...runs, ...runs.slice(-1), ...runs.slice(-1), ...runs.slice(-1), ...runs.slice(-1)],
  }
  await writeFile(join(rig.data, '.gp-supervisor/history.json'), JSON.stringify(history))

  // Scaled as all waits are: 12 s.
  const slow = rig.start({ STANDIN_PXF_UP_AFTER_S: '600' })
  await slow.answers('/readyz')
  const found = await eventually('it is reported', () => slow.log().find(({ id }) => id === 'start.slow'))
  expect(found).toMatchObject({
    level: 'info',
    text: expect.stringMatching(
      /^this start took 1\d\.\d s; the median of 5 earlier ones of its kind is \d\.\d s$/,
    ) as string,
    cause: expect.stringContaining('most of the time was lost before "pxf ready": it came after 1') as string,
  })
  expect(await slow.stop()).toBe(0)
})
