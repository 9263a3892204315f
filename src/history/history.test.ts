import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Finding } from '../findings/finding.ts'
import { endRun, beginRun, type LastStop } from '../volume/state.ts'
import { historyPath, readHistory, writeHistory } from './file.ts'
import { createHistory } from './history.ts'
import { clean, startOf } from './run.fixture.ts'
import type { Present } from './run.ts'

const startedAt = '2026-11-27T07:00:00.000Z'
const stop: LastStop = { ...clean, reason: 'SIGTERM', directories: [] }

let data = ''
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'history-'))
  onTestFinished(() => rm(data, { recursive: true, force: true }))
})

/** A run with a timeline that the test adds to. */
async function begun(at = startedAt) {
  const timeline: { event: string; ms: number }[] = []
  const warnings: unknown[] = []
  const findings: Finding[] = []
  let start: Present['start']
  const history = createHistory({
    dataDirectory: data,
    present: () => ({
      startedAt: at,
      versions: { supervisor: '0.1.0' },
      timeline,
      ...(start === undefined ? {} : { start }),
    }),
    logger: { warn: (_message: string, fields?: object) => void warnings.push(fields) },
    note: (found) => void findings.push(found),
  })
  history.begin(await beginRun(data, at))
  await expect.poll(async () => (await stored())?.at(-1)?.startedAt).toBe(at)
  return {
    ...history,
    warnings,
    findings,
    timeline,
    mark: (event: string, ms: number) => {
      timeline.push({ event, ms })
      history.look()
    },
    learn: (kind: NonNullable<Present['start']>) => {
      start = kind
      history.look()
    },
  }
}

async function stored() {
  const found = await readHistory(data)
  return found.kind === 'runs' ? found.runs : undefined
}

describe('the history of a volume', () => {
  it('has a run from its beginning, its stages when it is ready, and its end', async () => {
    const run = await begun()
    expect(await stored()).toEqual([{ startedAt, versions: { supervisor: '0.1.0' }, stages: [], phases: [] }])
    run.mark('configuring', 2000)
    run.mark('ready', 3000)
    run.learn('later-fast')
    await expect
      .poll(async () => (await stored())?.[0])
      .toMatchObject({ readyMs: 3000, start: 'later-fast', stages: { length: 2 } })
    await run.end(stop)
    expect((await stored())?.[0]?.end).toEqual(clean)
    expect(run.runs()).toEqual(await stored())
    expect([run.warnings, run.findings]).toEqual([[], []])
    expect((await readFile(historyPath(data), 'utf8')).split('\n')).toHaveLength(4)
  })

  it('says of three runs how each ended: stopped, killed, running', async () => {
    const first = await begun()
    await first.end(stop)
    await endRun(data, stop)
    await begun('2026-11-27T08:00:00.000Z')
    const third = await begun('2026-11-27T09:00:00.000Z')
    expect(third.runs().map(({ startedAt: at, end }) => [at.slice(11, 13), end?.how])).toEqual([
      ['09', undefined],
      ['08', 'killed'],
      ['07', 'stopped'],
    ])
    expect(await stored()).toEqual(third.runs().toReversed())
  })

  it('takes the end from the record of the stop, where only the history lacks it', async () => {
    await begun()
    await endRun(data, stop)
    const next = await begun('2026-11-27T08:00:00.000Z')
    expect(next.runs()[1]?.end).toEqual(clean)
  })

  it('is not written without end by a run that is ready and degraded in turn', async () => {
    const run = await begun()
    run.mark('ready', 1)
    for (let n = 0; n < 100; n++) run.mark(n % 2 === 0 ? 'degraded' : 'ready', 10 + n)
    await expect.poll(async () => (await stored())?.[0]?.phases.length).toBe(20)
    await rm(historyPath(data))
    for (let n = 0; n < 100; n++) run.mark(n % 2 === 0 ? 'degraded' : 'ready', 1000 + n)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await readdir(join(data, '.gp-supervisor'))).toEqual(['run.json'])
    await run.end(stop)
    expect((await stored())?.[0]?.phases.at(-1)).toEqual({ event: 'ready', ms: 1099 })
  })

  it('keeps the start of a run whose timeline has lost it', async () => {
    const run = await begun()
    run.mark('starting', 1)
    run.mark('ready', 2)
    run.timeline.splice(1, 1)
    run.mark('degraded', 3000)
    run.mark('ready', 9000)
    expect(run.runs()).toMatchObject([
      { readyMs: 2, stages: [{ event: 'starting' }, { event: 'ready', ms: 2 }] },
    ])
    await run.end(stop)
  })

  it('reports a start that was slow, once, when its kind is known', async () => {
    await mkdir(join(data, '.gp-supervisor'))
    const { image: _, ...usual } = startOf({ gpdb: 1000, pxf: 1000, ready: 1000 }, { startedAt: 'earlier' })
    const earlier = Array.from({ length: 5 }, () => ({ ...usual, versions: { supervisor: '0.1.0' } }))
    await writeHistory(data, earlier)
    const run = await begun()
    run.mark('ready', 9000)
    expect(run.findings).toEqual([])
    run.learn('later-fast')
    run.mark('degraded', 10_000)
    expect(run.findings.map(({ id, text }) => `${id}: ${text}`)).toEqual([
      'start.slow: this start took 9.0 s; the median of 5 earlier ones of its kind is 1.0 s',
    ])
  })
})

describe('a history that cannot be read', () => {
  const asides = async () =>
    (await readdir(join(data, '.gp-supervisor'))).filter((name) =>
      name.startsWith('history.json.unreadable-'),
    )

  it.each([
    ['cut off', '{"version":1,"runs":[', /^it is not JSON$/],
    ['of another version', '{"version":2,"runs":[]}', /not in the format of this version \(version\)/],
    ['of another program', '{"version":1,"runs":[{"pid":1}]}', /\(runs\.0\.startedAt\)/],
  ])('%s, is moved aside and reported, and a new one begins', async (_what, text, reason) => {
    await mkdir(join(data, '.gp-supervisor'))
    await writeFile(historyPath(data), text)
    const run = await begun()
    const [name = ''] = await asides()
    expect(await readFile(join(data, '.gp-supervisor', name), 'utf8')).toBe(text)
    expect(run.findings).toMatchObject([
      {
        id: 'history.unreadable',
        text: `the history of runs on the volume cannot be read; it was moved to ${join(data, '.gp-supervisor', name)}, and a new history begins`,
        cause: expect.stringMatching(reason) as string,
        where: historyPath(data),
      },
    ])
    await run.end(stop)
    expect(await stored()).toMatchObject([{ startedAt, end: clean }])
  })

  it.each([
    ['a folder', () => mkdir(historyPath(data))],
    ['a link to itself', () => symlink('history.json', historyPath(data))],
  ])('because it is %s, is moved aside as well', async (_what, make) => {
    await mkdir(join(data, '.gp-supervisor'))
    await make()
    const run = await begun()
    expect(await asides()).toHaveLength(1)
    expect(run.findings.map(({ id }) => id)).toEqual(['history.unreadable'])
    expect(await stored()).toHaveLength(1)
  })
})

describe('a history that cannot be written', () => {
  it('is reported once with the reason, and the run goes on', async () => {
    const run = await begun()
    await rm(historyPath(data))
    await mkdir(join(historyPath(data), 'not empty'), { recursive: true })
    run.mark('configuring', 1)
    await expect.poll(() => run.warnings).toHaveLength(1)
    run.mark('ready', 2)
    await run.end(stop)
    expect(run.warnings).toEqual([
      { reason: `cannot write ${historyPath(data)}: a directory is in its place; move it away` },
    ])
    expect(run.runs()).toMatchObject([{ startedAt, readyMs: 2, end: clean }])
  })

  it.runIf(process.getuid?.() !== 0)('nor moved aside, is left as it is', async () => {
    const folder = join(data, '.gp-supervisor')
    await beginRun(data, startedAt)
    await writeFile(historyPath(data), 'mine')
    await chmod(folder, 0o500)
    onTestFinished(() => chmod(folder, 0o700))
    const findings: string[] = []
    const history = createHistory({
      dataDirectory: data,
      present: () => ({ startedAt, versions: {}, timeline: [] }),
      logger: { warn: () => {} },
      note: ({ text }) => void findings.push(text),
    })
    history.begin({ kind: 'none' })
    await history.end(stop)
    await chmod(folder, 0o700)
    expect(findings[0]).toContain('it cannot be moved aside either (EACCES')
    expect(await readFile(historyPath(data), 'utf8')).toBe('mine')
  })
})
